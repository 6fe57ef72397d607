package dev.keymerge.testdata.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.arrow.ArrowLayout.Format;
import dev.keymerge.testdata.arrow.ArrowLayout.TextForm;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.TableSchema;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.util.ByteArrayReadableSeekableByteChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArrowTableWriterTest {

  private static final TableSchema SCHEMA = AllTypes.schema();

  @TempDir Path directory;

  static Stream<ArrowLayout> layouts() {
    return Stream.of(
        ArrowLayout.file(),
        ArrowLayout.stream().withBatchRows(7),
        ArrowLayout.stream().withTextForm(TextForm.LARGE),
        ArrowLayout.file().withTextForm(TextForm.VIEW).withBatchRows(100),
        ArrowLayout.file().withDictionaries("string", "int32_required", "decimal_12_2"),
        ArrowLayout.stream().withDictionaries("string_required", "int64").withBatchRows(50));
  }

  private static List<@Nullable Object[]> rows() {
    return new RandomValues(new SplittableRandom(11)).rows(SCHEMA, 260, 0.2);
  }

  private static ArrowReader reader(byte[] content, Format format, BufferAllocator allocator) {
    return format == Format.FILE
        ? new ArrowFileReader(new ByteArrayReadableSeekableByteChannel(content), allocator)
        : new ArrowStreamReader(new ByteArrayInputStream(content), allocator);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyTypeComesBackAsItWent(ArrowLayout layout) throws IOException {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    ArrowTableWriter.write(output, SCHEMA, rows(), layout);

    try (BufferAllocator allocator = new RootAllocator();
        ArrowReader reader = reader(output.toByteArray(), layout.format(), allocator)) {
      assertThat(ArrowRows.readAll(reader, SCHEMA).toArray(new Object[0][]))
          .isDeepEqualTo(rows().toArray(new Object[0][]));
    }
  }

  @Test
  void theDatasetLibraryReadsParquetFilesAsTheyWereWritten() throws IOException {
    Path file = directory.resolve("all.parquet");
    ParquetTableWriter.write(
        file, SCHEMA, rows(), ParquetLayout.builder().rowGroupRows(90).pageRows(20).build());

    assertThat(
            ArrowDatasetTableReader.read(SCHEMA, List.of(file)).allRows().toArray(new Object[0][]))
        .isDeepEqualTo(rows().toArray(new Object[0][]));
  }
}
