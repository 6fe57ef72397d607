package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.HandWrittenChunk.join;
import static dev.keymerge.internal.parquet.HandWrittenChunk.levels;
import static dev.keymerge.internal.parquet.HandWrittenChunk.plain;
import static dev.keymerge.internal.parquet.HandWrittenChunk.runs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.HandWrittenChunk.DictionaryOffset;
import dev.keymerge.internal.parquet.HandWrittenChunk.Index;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FieldRepetitionType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ColumnPageReaderTest {
  private final MemoryBudget budget = new MemoryBudget(16 << 20);

  @AfterEach
  void allMemoryHasBeenGivenBack() {
    assertThat(budget.usedBytes()).isZero();
  }

  private static HandWrittenChunk required() {
    return new HandWrittenChunk(FieldRepetitionType.REQUIRED, CompressionCodec.UNCOMPRESSED);
  }

  private static List<LeafEntry> entries(int level, int... values) {
    List<LeafEntry> entries = new ArrayList<>();
    for (int value : values) {
      entries.add(new LeafEntry(0, level, value));
    }
    return entries;
  }

  @ParameterizedTest
  @EnumSource(DictionaryOffset.class)
  void theDictionaryIsFoundWhateverTheMetadataSayOfIt(DictionaryOffset offset) {
    byte[] indices = {1, 3 << 1, 1};
    HandWrittenChunk chunk =
        required()
            .dictionaryPage(Encoding.PLAIN_DICTIONARY, 40, 50)
            .dataPage(Encoding.PLAIN_DICTIONARY, 3, 0, indices)
            .dataPage(Encoding.PLAIN, 1, 3, plain(60));
    try (ParquetFile file = chunk.open(4, offset, Index.ABSENT, budget)) {
      assertThat(OwnColumns.chunk(file, 0, 0)).isEqualTo(entries(0, 50, 50, 50, 60));
    }
  }

  @ParameterizedTest
  @EnumSource(Index.class)
  void skippingStillLoadsTheDictionary(Index index) {
    HandWrittenChunk chunk =
        required()
            .dictionaryPage(Encoding.PLAIN, 40, 50)
            .dataPage(Encoding.RLE_DICTIONARY, 2, 0, new byte[] {1, 2 << 1, 0})
            .dataPage(Encoding.RLE_DICTIONARY, 2, 2, new byte[] {1, 2 << 1, 1});
    try (ParquetFile file = chunk.open(4, DictionaryOffset.TOLD, index, budget);
        ColumnPageReader reader = file.pages(0, 0)) {
      assertThat(reader.skipTo(3)).isTrue();
      assertThat(reader.next()).isTrue();
      assertThat(reader.firstRow()).isEqualTo(2);
      assertThat(reader.values().ints).startsWith(50, 50);
      assertThat(reader.next()).isFalse();
      assertThat(reader.skipTo(4)).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Index.class)
  void goesForwardOnly(Index index) {
    HandWrittenChunk chunk =
        required()
            .dataPage(Encoding.PLAIN, 2, 0, plain(1, 2))
            .dataPage(Encoding.PLAIN, 2, 2, plain(3, 4));
    try (ParquetFile file = chunk.open(4, DictionaryOffset.TOLD, index, budget);
        ColumnPageReader reader = file.pages(0, 0)) {
      assertThat(reader.skipTo(2)).isTrue();
      assertThatIllegalArgumentException().isThrownBy(() -> reader.skipTo(1));
      assertThat(reader.next()).isTrue();
      assertThat(reader.skipTo(3)).isTrue();
      assertThat(reader.next()).as("the same page again").isTrue();
      assertThat(reader.values().ints).startsWith(3, 4);
    }
  }

  @Test
  void pagesWithoutEntriesAndIndexPagesArePassedOver() {
    HandWrittenChunk chunk =
        required()
            .dataPage(Encoding.PLAIN, 0, 0, new byte[0])
            .dataPage(Encoding.PLAIN, 1, 0, plain(7))
            .indexPage()
            .dataPage(Encoding.PLAIN, 0, 1, new byte[0])
            .dataPage(Encoding.PLAIN, 1, 1, plain(8));
    try (ParquetFile file = chunk.open(2, DictionaryOffset.ABSENT, Index.ABSENT, budget)) {
      assertThat(OwnColumns.chunk(file, 0, 0)).isEqualTo(entries(0, 7, 8));
    }
  }

  @Test
  void pagesOfOnlyNullsNeedNoValues() {
    HandWrittenChunk chunk =
        new HandWrittenChunk(FieldRepetitionType.OPTIONAL, CompressionCodec.UNCOMPRESSED)
            .dictionaryPage(Encoding.PLAIN, 5)
            .dataPage(Encoding.RLE_DICTIONARY, 2, 0, levels(0, 0))
            .dataPage(Encoding.RLE_DICTIONARY, 2, 2, join(levels(1, 0), new byte[] {0}));
    try (ParquetFile file = chunk.open(4, DictionaryOffset.TOLD, Index.ABSENT, budget)) {
      assertThat(OwnColumns.chunk(file, 0, 0))
          .containsExactly(
              new LeafEntry(0, 0, null),
              new LeafEntry(0, 0, null),
              new LeafEntry(0, 1, 5),
              new LeafEntry(0, 0, null));
    }
  }

  @Test
  void aPageOfTheSecondVersionMayBeUncompressedInACompressedChunk() {
    HandWrittenChunk chunk =
        new HandWrittenChunk(FieldRepetitionType.OPTIONAL, CompressionCodec.ZSTD)
            .plainPageOfSecondVersion(3, 3, 0, runs(1, 1, 1), plain(1, 2, 3));
    try (ParquetFile file = chunk.open(3, DictionaryOffset.ABSENT, Index.ABSENT, budget)) {
      assertThat(OwnColumns.chunk(file, 0, 0)).isEqualTo(entries(1, 1, 2, 3));
    }
  }

  /** Two rows, [1, 2, 3] and [4], of which the first spreads over two pages. */
  private static HandWrittenChunk straddling() {
    return new HandWrittenChunk(FieldRepetitionType.REPEATED, CompressionCodec.UNCOMPRESSED)
        .dataPage(Encoding.PLAIN, 2, 0, join(levels(0, 1), levels(1, 1), plain(1, 2)))
        .dataPage(Encoding.PLAIN, 2, 1, join(levels(1, 0), levels(1, 1), plain(3, 4)));
  }

  @Test
  void aRowMayBeSpreadOverPages() {
    try (ParquetFile file = straddling().open(2, DictionaryOffset.ABSENT, Index.ABSENT, budget);
        ColumnPageReader reader = file.pages(0, 0)) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.firstRow()).isZero();
      assertThat(reader.values().rows).isEqualTo(1);
      assertThat(reader.next()).isTrue();
      assertThat(reader.firstRow()).isEqualTo(1);
      assertThat(reader.values().rows).isEqualTo(1);
      assertThat(reader.values().repetitionLevels).startsWith(1, 0);
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void skippingFindsTheRowInAPageThatBeginsWithTheRestOfAnother() {
    try (ParquetFile file = straddling().open(2, DictionaryOffset.ABSENT, Index.ABSENT, budget);
        ColumnPageReader reader = file.pages(0, 0)) {
      assertThat(reader.skipTo(1)).isTrue();
      assertThat(reader.next()).isTrue();
      assertThat(reader.firstRow()).isEqualTo(1);
      assertThat(reader.values().ints).startsWith(3, 4);
    }
  }

  @Test
  void pagesThatHoldFewerRowsThanTheRowGroupAreRefused() {
    HandWrittenChunk chunk =
        new HandWrittenChunk(FieldRepetitionType.REPEATED, CompressionCodec.UNCOMPRESSED)
            .dataPage(Encoding.PLAIN, 2, 0, join(levels(0, 1), levels(1, 1), plain(1, 2)));
    try (ParquetFile file = chunk.open(2, DictionaryOffset.ABSENT, Index.ABSENT, budget)) {
      assertThatExceptionOfType(MergeException.BadData.class)
          .isThrownBy(() -> OwnColumns.chunk(file, 0, 0))
          .withMessageContaining("/hand/written.parquet, row group 0, column 'column'")
          .withMessageContaining("end after 1 of 2 rows");
    }
  }

  @Test
  void anOffsetIndexThatDisagreesWithThePagesIsRefused() {
    HandWrittenChunk chunk =
        required()
            .dataPage(Encoding.PLAIN, 2, 0, plain(1, 2))
            .dataPage(Encoding.PLAIN, 3, 1, plain(3, 4, 5));
    try (ParquetFile file = chunk.open(5, DictionaryOffset.ABSENT, Index.PRESENT, budget);
        ColumnPageReader reader = file.pages(0, 0)) {
      assertThatExceptionOfType(MergeException.BadData.class)
          .isThrownBy(
              () -> {
                reader.skipTo(4);
                reader.next();
              })
          .withMessageContaining("offset index");
    }
  }

  @Test
  void aLevelBeyondTheGreatestIsRefused() {
    HandWrittenChunk chunk =
        new HandWrittenChunk(FieldRepetitionType.OPTIONAL, CompressionCodec.UNCOMPRESSED)
            .dataPage(Encoding.PLAIN, 1, 0, join(plain(2), new byte[] {1 << 1, 2}, plain(1)));
    try (ParquetFile file = chunk.open(1, DictionaryOffset.ABSENT, Index.ABSENT, budget)) {
      assertThatExceptionOfType(MergeException.BadData.class)
          .isThrownBy(() -> OwnColumns.chunk(file, 0, 0))
          .withMessageContaining("level of 2");
    }
  }

  @Test
  void skippingThroughNestedColumnsShowsTheSamePagesAsReadingThem() {
    List<Path> files = SampleFiles.in("data");
    assumeFalse(files.isEmpty(), "no directory shared/parquet-testing beside the repository");
    for (Path path : files) {
      if (path.getFileName().toString().matches(".*(nested|nullable|list|map|repeated).*")) {
        try (ParquetFile file = SampleFiles.open(path, budget)) {
          skipsEverywhere(file);
        }
      }
    }
  }

  private static void skipsEverywhere(ParquetFile file) {
    for (int group = 0; group < file.footer().rowGroups(); group++) {
      for (int leaf = 0; leaf < file.footer().leaves().size(); leaf++) {
        List<LeafEntry> all = OwnColumns.chunk(file, group, leaf);
        for (long row = 0; row < file.footer().rows(group); row++) {
          assertThat(entriesFrom(file, group, leaf, row)).isEqualTo(all);
        }
      }
    }
  }

  /** Reads up to the page in which a row starts, and from there on, and returns all entries. */
  private static List<LeafEntry> entriesFrom(ParquetFile file, int group, int leaf, long row) {
    List<LeafEntry> after = new ArrayList<>();
    long firstRow;
    try (ColumnPageReader reader = file.pages(group, leaf)) {
      assertThat(reader.skipTo(row)).isTrue();
      assertThat(reader.next()).isTrue();
      firstRow = reader.firstRow();
      assertThat(row).isBetween(firstRow, firstRow + reader.values().rows - 1);
      do {
        OwnColumns.addPage(reader, after);
      } while (reader.next());
    }
    List<LeafEntry> entries = new ArrayList<>();
    try (ColumnPageReader reader = file.pages(group, leaf)) {
      while (reader.next() && reader.firstRow() < firstRow) {
        OwnColumns.addPage(reader, entries);
      }
    }
    entries.addAll(after);
    return entries;
  }
}
