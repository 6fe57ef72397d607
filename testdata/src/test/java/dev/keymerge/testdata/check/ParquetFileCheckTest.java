package dev.keymerge.testdata.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.NamedLayout;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ParquetFileCheckTest {

  private static final TableSchema NUMBERS =
      TableSchema.of(Column.required("id", LogicalType.INT64));

  @TempDir Path directory;

  static Stream<NamedLayout> layouts() {
    return NamedLayout.variety(300).stream();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void filesOfEveryTypeAndLayoutAreSound(NamedLayout layout) throws IOException {
    TableSchema schema = AllTypes.schema();
    List<@Nullable Object[]> rows =
        new RandomValues(new SplittableRandom(21)).rows(schema, 300, 0.3);

    for (Path file : layout.write(directory, schema, rows)) {
      assertThat(ParquetFileCheck.violations(file)).isEmpty();
    }
  }

  @Test
  void bloomFiltersThatKnowAllValuesAreSound() throws IOException {
    assertThat(ParquetFileCheck.violations(numbers())).isEmpty();
  }

  private Path numbers() throws IOException {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (long id = 1000; id < 1100; id++) {
      rows.add(new @Nullable Object[] {id});
    }
    ParquetLayout layout =
        ParquetLayout.builder()
            .withoutDictionary()
            .codec(CompressionCodecName.UNCOMPRESSED)
            .pageRows(25)
            .bloomFilters("id")
            .build();
    Path file = directory.resolve("numbers.parquet");
    ParquetTableWriter.write(file, NUMBERS, rows, layout);
    return file;
  }

  /** Replaces the last place that holds a number, which is in the footer or in an index. */
  private static void replaceLast(Path file, long number, long replacement) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int place = content.limit() - Long.BYTES;
    while (content.getLong(place) != number) {
      place--;
    }
    content.putLong(place, replacement);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(content);
    }
  }

  @Test
  void wrongStatisticsAreFound() throws IOException {
    Path file = numbers();
    replaceLast(file, 1099, 1098);

    assertThat(ParquetFileCheck.violations(file)).singleElement().asString().contains("page 3");
  }

  @Test
  void wrongPageBoundsAreFound() throws IOException {
    Path file = numbers();
    replaceLast(file, 1050, 1051);

    assertThat(ParquetFileCheck.violations(file)).singleElement().asString().contains("page 2");
  }
}
