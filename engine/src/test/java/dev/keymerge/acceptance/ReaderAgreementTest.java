package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.job.Tuning;
import dev.keymerge.testdata.arrow.ArrowDatasetTableReader;
import dev.keymerge.testdata.cases.MergeCase;
import dev.keymerge.testdata.check.ParquetFileCheck;
import dev.keymerge.testdata.duckdb.DuckDbTableReader;
import dev.keymerge.testdata.parquet.ChannelInputFile;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.ValueOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads what random merges leave with three libraries that know nothing of each other.
 *
 * <p>A library that does not read the target as it was before the merge, for want of an encoding,
 * is excused from that case.
 */
class ReaderAgreementTest {
  private static final long SEED = Long.getLong("keymerge.seed", 2_000_000);
  private static final int CASES = Math.max(1, Integer.getInteger("keymerge.cases", 200) / 4);

  @TempDir private Path directory;

  private final Map<Reader, Integer> filesRead = new EnumMap<>(Reader.class);

  /** Names the libraries that are held against parquet-java. */
  enum Reader {
    ARROW {
      @Override
      Table read(TableSchema schema, Path file) throws IOException {
        return ArrowDatasetTableReader.read(schema, List.of(file));
      }
    },
    DUCKDB {
      @Override
      Table read(TableSchema schema, Path file) throws IOException {
        TableSchema exact = exactInDuckDb(file, schema);
        return exact.size() == 0
            ? Table.of(exact, Collections.nCopies(rows(file), new Object[0]))
            : DuckDbTableReader.read(exact, List.of(file));
      }
    };

    /** Reads the columns of a file that the library can hold in full. */
    abstract Table read(TableSchema schema, Path file) throws IOException;
  }

  @Test
  void everyReaderSeesTheSameRows() throws IOException {
    for (long seed = SEED; seed < SEED + CASES; seed++) {
      MergeCase merge = MergeCase.ofSeed(seed);
      Path place = Files.createDirectory(directory.resolve("case-" + seed));
      CaseChecker checker = new CaseChecker(place, merge);
      checker.files().writeTarget();
      List<Reader> readers = ableReaders(checker.present());
      Trees.delete(checker.files().root());
      checker.check(Tuning.of(1));
      for (Path file : checker.present()) {
        assertThat(ParquetFileCheck.violations(file)).as("%s: %s", merge, file).isEmpty();
        checkReaders(merge, file, readers);
      }
      Trees.delete(place);
    }
    for (Reader reader : Reader.values()) {
      assertThat(filesRead.getOrDefault(reader, 0))
          .as("%s", reader)
          .isGreaterThanOrEqualTo(CASES / 2);
    }
  }

  private static List<Reader> ableReaders(List<Path> files) throws IOException {
    List<Reader> able = new ArrayList<>(List.of(Reader.values()));
    for (Path file : files) {
      TableSchema schema = ParquetJavaTableReader.schema(file);
      able.removeIf(reader -> !reads(reader, schema, file));
    }
    return able;
  }

  private static boolean reads(Reader reader, TableSchema schema, Path file) {
    try {
      reader.read(schema, file);
      return true;
    } catch (IOException | RuntimeException unable) {
      return false;
    }
  }

  private void checkReaders(MergeCase merge, Path file, List<Reader> readers) throws IOException {
    Table strict = ParquetJavaTableReader.read(List.of(file));
    for (Reader reader : readers) {
      String place = merge + ": " + file.getFileName() + " by " + reader;
      assertSame(place, strict, reader.read(strict.schema(), file));
      filesRead.merge(reader, 1, Integer::sum);
    }
  }

  private static int rows(Path file) throws IOException {
    return ParquetJavaTableReader.read(List.of(file)).allRows().size();
  }

  /** Keeps the columns that DuckDB holds in full; INT96 it reads in microseconds. */
  private static TableSchema exactInDuckDb(Path file, TableSchema schema) throws IOException {
    try (ParquetFileReader reader = ParquetFileReader.open(new ChannelInputFile(file))) {
      MessageType parquet = reader.getFileMetaData().getSchema();
      return schema.select(
          schema.columns().stream()
              .filter(column -> DuckDbTableReader.isExact(column.type()))
              .map(Column::name)
              .filter(
                  name ->
                      parquet.getType(name).asPrimitiveType().getPrimitiveTypeName()
                          != PrimitiveTypeName.INT96)
              .toList());
    }
  }

  /** Compares the columns that {@code other} has. */
  private static void assertSame(String place, Table strict, Table other) {
    List<@Nullable Object[]> expected = strict.allRows();
    List<@Nullable Object[]> actual = other.allRows();
    assertThat(actual).as(place).hasSameSizeAs(expected);
    for (int row = 0; row < actual.size(); row++) {
      for (int position = 0; position < other.schema().size(); position++) {
        String name = other.schema().column(position).name();
        Object left = actual.get(row)[position];
        Object right = expected.get(row)[strict.schema().position(name)];
        assertThat(ValueOrder.same(left, right))
            .as("%s, row %s, column %s: %s instead of %s", place, row, name, left, right)
            .isTrue();
      }
    }
  }
}
