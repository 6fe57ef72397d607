package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.testdata.parquet.ChannelInputFile;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Merges into a file one of whose pages has been damaged, so that its checksum does not fit: it is
 * found where the page is read, and where it is not, the copy is as wrong and says so as well.
 */
class WrongChecksumTest {
  private static final Column ID = Column.required("id", LogicalType.INT64);
  private static final Column TEXT = Column.required("text", LogicalType.STRING);
  private static final Column NUMBER = Column.required("number", LogicalType.INT64);
  private static final int TEXT_LEAF = 1;
  private static final int ROWS = 100;

  @TempDir private Path directory;
  private Path target;

  @BeforeEach
  void damageAPageOfTheTexts() throws IOException {
    target = directory.resolve("target").resolve("data.parquet");
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (long id = 0; id < ROWS; id++) {
      rows.add(new Object[] {id, "text " + id, id});
    }
    ParquetLayout layout =
        ParquetLayout.builder()
            .codec(CompressionCodecName.UNCOMPRESSED)
            .withoutDictionary()
            .build();
    ParquetTableWriter.write(target, TableSchema.of(ID, TEXT, NUMBER), rows, layout);
    ColumnChunkMetaData texts = texts(target);
    byte[] file = Files.readAllBytes(target);
    // The last byte of the last value: the page can be decoded, only its checksum tells.
    file[(int) (texts.getStartingPos() + texts.getTotalSize()) - 1] ^= 1;
    Files.write(target, file);
  }

  @Test
  void aPageThatIsReadIsRefused() throws IOException {
    Path source = source(TEXT, "other text");
    DirectoryState before = DirectoryState.of(target.getParent());

    assertThatThrownBy(() -> merge(source, Strategy.UPDATE))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("'text'")
        .hasMessageContaining("checksum");

    assertThat(DirectoryState.of(target.getParent())).isEqualTo(before);
  }

  @Test
  void aRowThatIsDeletedNeedsEveryPage() throws IOException {
    Path source = source(NUMBER, 7L);
    DirectoryState before = DirectoryState.of(target.getParent());

    assertThatThrownBy(() -> merge(source, Strategy.DELETE))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("checksum");

    assertThat(DirectoryState.of(target.getParent())).isEqualTo(before);
  }

  @Test
  void aPageThatNobodyReadsIsCopiedWithItsWrongChecksum() throws IOException {
    byte[] damaged = textBytes();
    Path source = source(NUMBER, 77L);

    MergeResult result = merge(source, Strategy.UPDATE);

    assertThat(result.updated()).isEqualTo(1);
    assertThat(textBytes()).isEqualTo(damaged);
    Path later = source(TEXT, "other text");
    assertThatThrownBy(() -> merge(later, Strategy.UPDATE))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("checksum");
  }

  private byte[] textBytes() throws IOException {
    ColumnChunkMetaData texts = texts(target);
    int start = (int) texts.getStartingPos();
    byte[] file = Files.readAllBytes(target);
    return Arrays.copyOfRange(file, start, start + (int) texts.getTotalSize());
  }

  private static ColumnChunkMetaData texts(Path file) throws IOException {
    try (ParquetFileReader reader = ParquetFileReader.open(new ChannelInputFile(file))) {
      return reader.getFooter().getBlocks().get(0).getColumns().get(TEXT_LEAF);
    }
  }

  /** Writes a source that gives one row another value. */
  private Path source(Column column, Object value) throws IOException {
    Path source = directory.resolve(column.name() + ".parquet");
    ParquetTableWriter.write(
        source,
        TableSchema.of(ID, column),
        List.<@Nullable Object[]>of(new Object[] {5L, value}),
        ParquetLayout.standard());
    return source;
  }

  private MergeResult merge(Path source, Strategy strategy) {
    try (MergeEngine engine =
        MergeEngine.builder().memoryLimits(MemoryLimits.ofBytes(64 << 20)).threads(1).build()) {
      return engine.merge(
          MergeRequest.builder()
              .source(Source.parquet(source))
              .target(target.getParent())
              .keyColumns("id")
              .strategy(strategy)
              .build());
    }
  }
}
