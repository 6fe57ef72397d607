package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.Reassembly.Way;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.EncodingStats;
import org.apache.parquet.column.statistics.SizeStatistics;
import org.apache.parquet.column.values.bloomfilter.BloomFilter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChunkCopyTest {
  @TempDir private Path directory;

  /** Lists all but the file whose chunks are longer than they say: a copy mends that. */
  static List<Path> samples() {
    return SampleFiles.in("data").stream()
        .filter(file -> !file.endsWith("nation.dict-malformed.parquet"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void copiedFileReadsLikeTheOriginal(Path sample) throws IOException {
    StoragePath source = STORAGE.resolve(sample.toString());
    StoragePath copy = STORAGE.resolve(directory.resolve("copy.parquet").toString());
    try {
      copy(source, copy);
    } catch (MergeException.BadData refused) {
      assumeTrue(false, refused.getMessage());
    }
    assertThat(outcome(copy)).isEqualTo(outcome(source));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void copiedFileKeepsIndexesAndFilters(Path sample) throws IOException {
    StoragePath source = STORAGE.resolve(sample.toString());
    StoragePath copy = STORAGE.resolve(directory.resolve("copy.parquet").toString());
    try {
      copy(source, copy);
    } catch (MergeException.BadData refused) {
      assumeTrue(false, refused.getMessage());
    }
    assertThat(extras(copy)).isEqualTo(extras(source));
  }

  private static void copy(StoragePath source, StoragePath copy) throws IOException {
    WrittenFile written = new Reassembly(source, copy).run(leaf -> Way.COPY);
    assertThat(written.chunksEncoded()).isZero();
    try (ParquetMemory memory = new ParquetMemory(new MemoryBudget(64 << 20), "test");
        ParquetFile first = ParquetFile.open(STORAGE.open(source), memory);
        ParquetFile second = ParquetFile.open(STORAGE.open(copy), memory)) {
      assertThat(FileTemplate.like(first.footer()).matches(second.footer())).isTrue();
    }
  }

  private static Object outcome(StoragePath file) throws IOException {
    try (StorageInput input = STORAGE.open(file)) {
      return StrictReader.rows(input);
    } catch (RuntimeException | IOException | LinkageError failure) {
      return failure.getClass();
    }
  }

  /** Lists what a reader finds beside the pages, without absolute positions. */
  private static List<String> extras(StoragePath file) throws IOException {
    List<String> found = new ArrayList<>();
    try (StorageInput input = STORAGE.open(file);
        ParquetFileReader reader = StrictReader.open(input)) {
      found.add(reader.getFileMetaData().getSchema().toString());
      found.add(reader.getFileMetaData().getKeyValueMetaData().toString());
      for (BlockMetaData group : reader.getFooter().getBlocks()) {
        for (ColumnChunkMetaData chunk : group.getColumns()) {
          found.add(
              chunk.getPath()
                  + " "
                  + chunk.getStatistics()
                  + " "
                  + sizes(chunk.getSizeStatistics())
                  + " "
                  + chunk.getEncodings()
                  + " "
                  + encodings(chunk.getEncodingStats())
                  + " "
                  + chunk.getValueCount()
                  + " "
                  + chunk.getTotalUncompressedSize());
          found.add(String.valueOf(reader.readColumnIndex(chunk)));
          found.add(pages(reader.readOffsetIndex(chunk), chunk));
          found.add(bits(reader.readBloomFilter(chunk)));
        }
      }
    }
    return found;
  }

  private static String encodings(@Nullable EncodingStats stats) {
    if (stats == null) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (Encoding encoding : Encoding.values()) {
      text.append(stats.getNumDictionaryPagesEncodedAs(encoding))
          .append('/')
          .append(stats.getNumDataPagesEncodedAs(encoding))
          .append(' ');
    }
    return text.toString();
  }

  private static String sizes(@Nullable SizeStatistics sizes) {
    return sizes == null
        ? ""
        : sizes.getUnencodedByteArrayDataBytes()
            + " "
            + sizes.getRepetitionLevelHistogram()
            + " "
            + sizes.getDefinitionLevelHistogram();
  }

  private static String bits(@Nullable BloomFilter filter) throws IOException {
    if (filter == null) {
      return "";
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    filter.writeTo(bytes);
    return Arrays.toString(bytes.toByteArray());
  }

  private static String pages(OffsetIndex index, ColumnChunkMetaData chunk) {
    StringBuilder text = new StringBuilder();
    for (int page = 0; index != null && page < index.getPageCount(); page++) {
      text.append(index.getOffset(page) - chunk.getStartingPos())
          .append('+')
          .append(index.getCompressedPageSize(page))
          .append('@')
          .append(index.getFirstRowIndex(page))
          .append(' ');
    }
    return text.toString();
  }
}
