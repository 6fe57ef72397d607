package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.parquet.column.values.bloomfilter.BloomFilter;
import org.apache.parquet.format.Statistics;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColumnChunkEncoderTest {
  @TempDir private Path directory;

  @Test
  void pagesThatDoNotFitIntoMemoryMakeNoDifference() throws IOException {
    int rows = 600_000;
    String[] values = manyKeys(rows);
    OneColumnFile roomy = new OneColumnFile(directory.resolve("roomy.parquet"));
    roomy.write(ChunkStyle.FOR_NEW, rows, i -> values[i]);
    OneColumnFile tight = new OneColumnFile(directory.resolve("tight.parquet")).budget(24 << 20);
    tight.write(ChunkStyle.FOR_NEW, rows, i -> values[i]);

    assertThat(roomy.bytes().length).isGreaterThan(9 << 20);
    assertThat(tight.bytes()).isEqualTo(roomy.bytes());
    assertThat(roomy.read()).isEqualTo(List.of(values));
  }

  /** Few values at first, so that a dictionary is chosen, and then ever new ones. */
  private static String[] manyKeys(int rows) {
    Random random = new Random(3);
    String[] values = new String[rows];
    for (int i = 0; i < rows; i++) {
      values[i] =
          i < 10_000
              ? "value " + random.nextInt(50)
              : Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    }
    return values;
  }

  @Test
  void longValuesMakeShortPages() throws IOException {
    int rows = 300;
    IntFunction<String> values = i -> (i < 200 ? "x" : "y".repeat(300_000)) + i;
    OneColumnFile file = new OneColumnFile(directory.resolve("long.parquet"));
    file.write(ChunkStyle.FOR_NEW, rows, values::apply);

    assertThat(file.read()).isEqualTo(IntStream.range(0, rows).mapToObj(values).toList());
    try (StorageInput input = STORAGE.open(file.path());
        ParquetFileReader reader = StrictReader.open(input)) {
      ColumnChunkMetaData chunk = reader.getFooter().getBlocks().get(0).getColumns().get(0);
      OffsetIndex pages = reader.readOffsetIndex(chunk);
      assertThat(pages.getPageCount()).isGreaterThan(20);
      for (int page = 0; page < pages.getPageCount(); page++) {
        long pageRows = pages.getLastRowIndex(page, rows) - pages.getFirstRowIndex(page) + 1;
        // Four make a page. The length is guessed from short values first, but never for long.
        assertThat(pageRows).isLessThanOrEqualTo(page == 0 ? 211 : page == 1 ? 8 : 4);
      }
    }
  }

  @Test
  void nullsAreCountedWhereBoundsAreTooLongToBeWritten() throws IOException {
    OneColumnFile file = new OneColumnFile(directory.resolve("bounds.parquet"));
    file.write(ChunkStyle.FOR_NEW, 10, i -> i % 5 == 0 ? null : i + "x".repeat(5000));

    Statistics written =
        PatchedFooter.read(directory.resolve("bounds.parquet"))
            .getRow_groups()
            .get(0)
            .getColumns()
            .get(0)
            .getMeta_data()
            .getStatistics();
    assertThat(written.getNull_count()).isEqualTo(2);
    assertThat(written.isSetMin_value()).isFalse();
  }

  @Test
  void pagesAreCutEvery8192RowsAndDescribedInTheIndexes() throws IOException {
    int rows = 20_000;
    IntFunction<@Nullable String> values =
        i -> i % 10 == 3 ? null : String.format("%08d", i) + "z".repeat(80);
    OneColumnFile file = new OneColumnFile(directory.resolve("index.parquet"));
    WrittenFile written = file.write(ChunkStyle.FOR_NEW, rows, values);

    assertThat(written.pagesEncoded()).isEqualTo(3);
    try (StorageInput input = STORAGE.open(file.path());
        ParquetFileReader reader = StrictReader.open(input)) {
      ColumnChunkMetaData chunk = reader.getFooter().getBlocks().get(0).getColumns().get(0);
      ColumnIndex bounds = reader.readColumnIndex(chunk);
      OffsetIndex pages = reader.readOffsetIndex(chunk);
      assertThat(List.of(0, 1, 2))
          .extracting(pages::getFirstRowIndex)
          .containsExactly(0L, 8192L, 16384L);
      assertThat(bounds.getNullCounts()).containsExactly(819L, 820L, 361L);
      assertThat(text(bounds.getMinValues().get(1).duplicate()))
          .isEqualTo("00008192" + "z".repeat(56));
      // A cut bound is raised so that it still is one.
      assertThat(text(bounds.getMaxValues().get(1).duplicate()))
          .isEqualTo("00016382" + "z".repeat(55) + "{");
      assertThat(chunk.getStatistics().getNumNulls()).isEqualTo(2000);
      assertThat(chunk.getStatistics().getMinBytes()).asString().isEqualTo(values.apply(0));
      assertThat(chunk.getStatistics().getMaxBytes()).asString().isEqualTo(values.apply(19_999));
      assertThat(chunk.getValueCount()).isEqualTo(rows);
      assertThat(chunk.getSizeStatistics().getUnencodedByteArrayDataBytes()).contains(18_000L * 88);
    }
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  @Test
  void freshBloomFilterFindsEveryValueAndFewOthers() throws IOException {
    int rows = 10_000;
    OneColumnFile file = new OneColumnFile(directory.resolve("bloom.parquet"));
    file.write(ChunkStyle.FOR_NEW.withBloom(new BloomStyle.Fresh(rows)), rows, i -> "key" + i);

    try (StorageInput input = STORAGE.open(file.path());
        ParquetFileReader reader = StrictReader.open(input)) {
      BloomFilter bloom =
          reader.readBloomFilter(reader.getFooter().getBlocks().get(0).getColumns().get(0));
      assertThat(found(bloom, rows, "key")).isEqualTo(rows);
      assertThat(found(bloom, rows, "other")).isLessThan(rows / 20);
    }
  }

  @Test
  void equalRowsGiveEqualBytes() throws IOException {
    OneColumnFile first = new OneColumnFile(directory.resolve("first.parquet"));
    OneColumnFile second = new OneColumnFile(directory.resolve("second.parquet"));
    first.write(ChunkStyle.FOR_NEW, 30_000, i -> "v" + i % 977);
    second.write(ChunkStyle.FOR_NEW, 30_000, i -> "v" + i % 977);

    assertThat(second.bytes()).isEqualTo(first.bytes());
  }

  @Test
  void anyLimitEitherSufficesOrIsRefusedCleanly() throws IOException {
    byte[] expected = null;
    int refused = 0;
    for (long limit = 1 << 10; limit < 40 << 20; limit += limit / 8) {
      OneColumnFile file = new OneColumnFile(directory.resolve(limit + ".parquet")).budget(limit);
      try {
        file.write(
            ChunkStyle.FOR_NEW.withBloom(new BloomStyle.Fresh(5000)), 20_000, i -> "v" + i % 5000);
        expected = expected == null ? file.bytes() : expected;
        assertThat(file.bytes()).isEqualTo(expected);
      } catch (MergeException.LimitExceeded tooLittle) {
        refused++;
        assertThat(expected).as("a higher limit was refused").isNull();
      }
    }
    assertThat(expected).isNotNull();
    assertThat(refused).isGreaterThan(40);
  }

  @Test
  void missingRowsAreNoticed() {
    OneColumnFile file = new OneColumnFile(directory.resolve("missing.parquet"));
    assertThatThrownBy(
            () ->
                file.write(
                    ChunkStyle.FOR_NEW,
                    10,
                    i -> {
                      throw new IllegalStateException("the source fails at row " + i);
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the source fails at row 0");
  }

  private static int found(BloomFilter bloom, int rows, String prefix) {
    int found = 0;
    for (int i = 0; i < rows; i++) {
      found += bloom.findHash(bloom.hash(Binary.fromString(prefix + i))) ? 1 : 0;
    }
    return found;
  }
}
