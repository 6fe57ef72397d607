package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.Reassembly.Way;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.testdata.duckdb.DuckDbTableReader;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.dataset.file.FileFormat;
import org.apache.arrow.dataset.file.FileSystemDatasetFactory;
import org.apache.arrow.dataset.jni.NativeMemoryPool;
import org.apache.arrow.dataset.scanner.ScanOptions;
import org.apache.arrow.dataset.scanner.Scanner;
import org.apache.arrow.dataset.source.Dataset;
import org.apache.arrow.dataset.source.DatasetFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReassemblyTest {
  private static final int ROWS = 6_000;
  private static final TableSchema SCHEMA = AllTypes.schema();

  @TempDir private Path directory;

  /** A layout under a name that shows in reports. */
  record Case(String name, ParquetLayout layout) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> layouts() {
    List<Case> cases = new ArrayList<>();
    cases.add(new Case("standard", base().build()));
    cases.add(new Case("v2", base().pageVersion(ParquetLayout.PageVersion.V2).build()));
    cases.add(new Case("plain", base().withoutDictionary().build()));
    cases.add(new Case("fixed", base().decimalForm(ParquetLayout.DecimalForm.FIXED).build()));
    cases.add(new Case("binary", base().decimalForm(ParquetLayout.DecimalForm.BINARY).build()));
    cases.add(
        new Case("total order", base().floatOrder(ParquetLayout.FloatOrder.TOTAL_ORDER).build()));
    cases.add(new Case("zstd", base().codec(CompressionCodecName.ZSTD).build()));
    cases.add(new Case("gzip", base().codec(CompressionCodecName.GZIP).build()));
    cases.add(new Case("lz4", base().codec(CompressionCodecName.LZ4_RAW).build()));
    return cases;
  }

  private static ParquetLayout.Builder base() {
    return ParquetLayout.builder()
        .rowGroupRows(4_000)
        .pageRows(1_700)
        .codec(CompressionCodecName.SNAPPY);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyTypeSurvivesEveryWay(Case layout) throws IOException {
    List<@Nullable Object[]> rows = new RandomValues(new Random(7)).rows(SCHEMA, ROWS, 0.1);
    Path source = directory.resolve("source.parquet");
    ParquetTableWriter.write(source, SCHEMA, rows, layout.layout());
    for (int first = 0; first < Way.values().length; first++) {
      Path target = directory.resolve("target" + first + ".parquet");
      int shift = first;
      WrittenFile written =
          new Reassembly(path(source), path(target))
              .run(leaf -> Way.values()[(leaf + shift) % Way.values().length]);

      assertThat(written.rows()).isEqualTo(ROWS);
      assertThat(written.rowGroups()).isEqualTo(2);
      assertThat(written.bytes()).isEqualTo(Files.size(target));
      assertSameRows(ParquetJavaTableReader.read(List.of(target)), rows, SCHEMA);
      TableSchema exact =
          TableSchema.of(
              SCHEMA.columns().stream()
                  .filter(column -> DuckDbTableReader.isExact(column.type()))
                  .toList());
      assertSameRows(DuckDbTableReader.read(exact, List.of(target)), rows, exact);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void anyLimitEitherSufficesOrIsRefusedCleanly(Way way) throws IOException {
    Path source = directory.resolve("source.parquet");
    ParquetTableWriter.write(
        source,
        SCHEMA,
        new RandomValues(new Random(4)).rows(SCHEMA, 100, 0.2),
        base().rowGroupRows(60).build());
    int refused = 0;
    byte[] expected = null;
    for (long limit = 20_000; limit < 8 << 20; limit += limit / 6) {
      Path target = directory.resolve(limit + ".parquet");
      try {
        new Reassembly(path(source), path(target)).budget(limit).run(leaf -> way);
        expected = expected == null ? Files.readAllBytes(target) : expected;
        assertThat(Files.readAllBytes(target)).isEqualTo(expected);
      } catch (MergeException.LimitExceeded tooLittle) {
        refused++;
      }
    }
    assertThat(expected).isNotNull();
    assertThat(refused).isGreaterThan(5);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void arrowReadsEveryWayAlike(Way way) throws Exception {
    Path source = directory.resolve("source.parquet");
    ParquetTableWriter.write(
        source,
        SCHEMA,
        new RandomValues(new Random(9)).rows(SCHEMA, 2000, 0.2),
        base().rowGroupRows(1200).build());
    Path target = directory.resolve("target.parquet");
    new Reassembly(path(source), path(target)).run(leaf -> way);

    assertThat(arrowRows(target)).hasSize(2000).isEqualTo(arrowRows(source));
  }

  private static List<String> arrowRows(Path file) throws Exception {
    List<String> rows = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator();
        DatasetFactory factory =
            new FileSystemDatasetFactory(
                allocator,
                NativeMemoryPool.getDefault(),
                FileFormat.PARQUET,
                file.toUri().toString());
        Dataset dataset = factory.finish();
        Scanner scanner = dataset.newScan(new ScanOptions(1000));
        ArrowReader reader = scanner.scanBatches()) {
      while (reader.loadNextBatch()) {
        VectorSchemaRoot batch = reader.getVectorSchemaRoot();
        for (int row = 0; row < batch.getRowCount(); row++) {
          StringBuilder text = new StringBuilder();
          for (FieldVector vector : batch.getFieldVectors()) {
            Object value = vector.getObject(row);
            text.append(value instanceof byte[] bytes ? Arrays.toString(bytes) : value).append('|');
          }
          rows.add(text.toString());
        }
      }
    }
    return rows;
  }

  private static StoragePath path(Path file) {
    return STORAGE.resolve(file.toString());
  }

  private static void assertSameRows(
      Table read, List<@Nullable Object[]> rows, TableSchema columns) {
    assertThat(read.allRows()).hasSize(rows.size());
    for (int row = 0; row < rows.size(); row++) {
      List<@Nullable Object> expected = new ArrayList<>();
      for (Column column : columns.columns()) {
        expected.add(rows.get(row)[SCHEMA.position(column.name())]);
      }
      assertThat(Arrays.asList(read.allRows().get(row))).as("row %s", row).isEqualTo(expected);
    }
  }
}
