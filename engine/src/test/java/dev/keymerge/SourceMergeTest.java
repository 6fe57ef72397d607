package dev.keymerge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Merges the same rows from every kind of source, in types that differ from the target's. */
class SourceMergeTest {
  private static final TableSchema TARGET =
      TableSchema.of(
          Column.required("id", LogicalType.INT32),
          Column.nullable("amount", LogicalType.decimal(20, 4)),
          Column.nullable("at", LogicalType.timestampZoned(TickUnit.MICROS)),
          Column.nullable("name", LogicalType.STRING));

  private static final TableSchema SOURCE =
      TableSchema.of(
          Column.nullable("name", LogicalType.STRING),
          Column.nullable("id", LogicalType.UINT64),
          Column.nullable("amount", LogicalType.decimal(9, 1)),
          Column.nullable("at", LogicalType.timestampZoned(TickUnit.NANOS)));

  @TempDir private Path directory;

  private Path target;

  @BeforeEach
  void writeTarget() throws IOException {
    target = directory.resolve("target");
    List<Object[]> rows = new ArrayList<>();
    for (int id = 0; id < 1000; id++) {
      rows.add(new Object[] {(long) id, new BigDecimal(id + ".2500"), id * 1000L, "old " + id});
    }
    ParquetTableWriter.write(
        target.resolve("a.parquet"),
        TARGET,
        rows,
        ParquetLayout.builder().rowGroupRows(300).build());
  }

  /**
   * Makes changes to rows 500 to 999, of which 600 to 699 become nulls, and new rows up to 1499.
   */
  private static List<Object[]> changes() {
    List<Object[]> rows = new ArrayList<>();
    for (int id = 1499; id >= 500; id--) {
      BigInteger key = BigInteger.valueOf(id);
      boolean empty = id >= 600 && id < 700;
      rows.add(
          empty
              ? new Object[] {null, key, null, null}
              : new Object[] {"new " + id % 7, key, new BigDecimal(id + ".5"), id * 2_000_000L});
    }
    return rows;
  }

  private static List<List<Object>> expected() {
    List<List<Object>> rows = new ArrayList<>();
    for (long id = 0; id < 500; id++) {
      rows.add(List.of(id, new BigDecimal(id + ".2500"), id * 1000L, "old " + id));
    }
    for (long id = 500; id < 1000; id++) {
      rows.add(changed(id));
    }
    for (long id = 1499; id >= 1000; id--) {
      rows.add(changed(id));
    }
    return rows;
  }

  private static List<Object> changed(long id) {
    return id >= 600 && id < 700
        ? Arrays.asList(id, null, null, null)
        : List.of(id, new BigDecimal(id + ".5000"), id * 2000L, "new " + id % 7);
  }

  /** Names the ways in which the changes reach the merge. */
  enum Kind {
    PARQUET,
    PARQUET_DIRECTORY,
    ARROW_FILE,
    ARROW_STREAM,
    READER
  }

  private MergeResult merge(Kind kind, List<Object[]> rows) throws IOException {
    Path file = directory.resolve("changes");
    ArrowLayout layout = ArrowLayout.stream().withBatchRows(70).withDictionaries("name");
    switch (kind) {
      case PARQUET -> {
        ParquetTableWriter.write(file, SOURCE, rows, ParquetLayout.standard());
        return merge(Source.of(file.toString()));
      }
      case PARQUET_DIRECTORY -> {
        ParquetLayout small = ParquetLayout.builder().rowGroupRows(90).build();
        int half = rows.size() / 2;
        ParquetTableWriter.write(file.resolve("1.parquet"), SOURCE, rows.subList(0, half), small);
        ParquetTableWriter.write(
            file.resolve("2.parquet"), SOURCE, rows.subList(half, rows.size()), small);
        return merge(Source.parquet(file));
      }
      case ARROW_FILE -> {
        ArrowTableWriter.write(file, SOURCE, rows, ArrowLayout.file());
        return merge(Source.of(file.toString()));
      }
      case ARROW_STREAM -> {
        return merge(Source.arrowStream(new ByteArrayInputStream(stream(rows, layout))));
      }
      case READER -> {
        try (RootAllocator allocator = new RootAllocator();
            ArrowStreamReader reader =
                new ArrowStreamReader(new ByteArrayInputStream(stream(rows, layout)), allocator)) {
          return merge(Source.arrow(reader));
        }
      }
    }
    throw new AssertionError(kind);
  }

  private static byte[] stream(List<Object[]> rows, ArrowLayout layout) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ArrowTableWriter.write(bytes, SOURCE, rows, layout);
    return bytes.toByteArray();
  }

  private MergeResult merge(Source source) {
    MergeRequest request =
        MergeRequest.builder().source(source).target(target).keyColumns("id").build();
    try (MergeEngine engine =
        MergeEngine.builder().memoryLimits(MemoryLimits.ofBytes(256 << 20)).threads(2).build()) {
      return engine.merge(request);
    }
  }

  private List<Path> targetFiles() throws IOException {
    try (Stream<Path> files = Files.walk(target)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyKindOfSourceMergesAlike(Kind kind) throws IOException {
    MergeResult result = merge(kind, changes());
    assertThat(result.sourceRows()).isEqualTo(1000);
    assertThat(result.updated()).isEqualTo(500);
    assertThat(result.inserted()).isEqualTo(500);
    List<List<Object>> rows =
        ParquetJavaTableReader.read(targetFiles()).allRows().stream().map(Arrays::asList).toList();
    assertThat(rows).containsExactlyInAnyOrderElementsOf(expected());
    assertThat(rows.subList(0, 1000)).isEqualTo(expected().subList(0, 1000));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aValueThatDoesNotFitLeavesTheTargetAsItWas(Kind kind) throws IOException {
    byte[] before = Files.readAllBytes(target.resolve("a.parquet"));
    List<Object[]> rows = changes();
    rows.get(321)[3] = 1_234_567L;
    assertThatThrownBy(() -> merge(kind, rows))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("Column 'at', row 322 of the source")
        .hasMessageContaining("1970-01-01T00:00:00.001234567Z")
        .hasMessageContaining("timestamp(us, UTC)");
    assertThat(targetFiles()).containsExactly(target.resolve("a.parquet"));
    assertThat(Files.readAllBytes(target.resolve("a.parquet"))).isEqualTo(before);
  }

  @Test
  void aSourceWithoutRowsChangesNothing() throws IOException {
    byte[] before = Files.readAllBytes(target.resolve("a.parquet"));
    MergeResult result = merge(Kind.ARROW_STREAM, List.of());
    assertThat(result.sourceRows()).isZero();
    assertThat(result.targetUnchanged()).isTrue();
    assertThat(targetFiles()).containsExactly(target.resolve("a.parquet"));
    assertThat(Files.readAllBytes(target.resolve("a.parquet"))).isEqualTo(before);
  }

  @Test
  void aTargetFileThatVanishesWhileTheSourceIsReadIsAConflict() throws IOException {
    byte[] changes = stream(changes(), ArrowLayout.stream());
    Path vanishing = target.resolve("a.parquet");
    InputStream deleting =
        new ByteArrayInputStream(changes) {
          @Override
          public synchronized int read(byte[] bytes, int offset, int length) {
            assertThatCode(() -> Files.deleteIfExists(vanishing)).doesNotThrowAnyException();
            return super.read(bytes, offset, length);
          }
        };

    assertThatThrownBy(() -> merge(Source.arrowStream(deleting)))
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining(vanishing + " was removed");
    assertThat(targetFiles()).isEmpty();
  }
}
