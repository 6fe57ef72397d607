package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Merges tables that are larger than their memory limit by factors of tens to hundreds, while the
 * kernel holds the process to that limit.
 *
 * <p>Takes hours on two cores, and up to 40 GB of disk.
 */
@Tag("slow")
class LargeMemoryLimitTest {
  private static final String MEMORY = "256m";
  private static final long LINE_ITEMS = 60_000_000;
  private static final String[] LINE_ITEM_KEY = {"l_orderkey", "l_linenumber"};

  /** How much longer a merge may take within a small limit than with plenty of memory. */
  private static final int MOST_TIMES_LONGER = 3;

  @TempDir private Path directory;

  private MemoryScenes scenes;

  @BeforeEach
  void openScenes() {
    scenes = new MemoryScenes(directory);
  }

  @AfterEach
  void closeScenes() {
    scenes.close();
  }

  @Test
  void changesAHundredthOfLineItems() throws IOException, InterruptedException {
    LimitedMerge.Outcome small = scenes.someLineItems(LINE_ITEMS, 10, MEMORY);
    assertNotMuchLonger(small, scenes.againWithPlenty(LINE_ITEM_KEY));
  }

  @Test
  void changesATenthOfLineItems() throws IOException, InterruptedException {
    LimitedMerge.Outcome small = scenes.someLineItems(LINE_ITEMS, 100, MEMORY);
    assertNotMuchLonger(small, scenes.againWithPlenty(LINE_ITEM_KEY));
  }

  @Test
  void changesEveryLineItemFromAStream() throws IOException, InterruptedException {
    LimitedMerge.Outcome small = scenes.everyLineItem(LINE_ITEMS, MEMORY);
    assertNotMuchLonger(small, scenes.againWithPlenty(LINE_ITEM_KEY));
  }

  @Test
  void changesEveryLineItemFromAStreamWithinTwiceAsMuch() throws IOException, InterruptedException {
    scenes.everyLineItem(LINE_ITEMS, "512m");
  }

  @Test
  void changesOneFileOfLargeRowGroups() throws IOException, InterruptedException {
    scenes.largeRowGroups(LINE_ITEMS, 4_000_000, MEMORY);
  }

  @Test
  void mergesAsManyIntegerKeysAsThereAre() throws IOException, InterruptedException {
    scenes.fourIntegers(200_000_000, "512m");
  }

  @Test
  void mergesAsManyTextKeysAsThereAre() throws IOException, InterruptedException {
    scenes.uuids(20_000_000, MEMORY);
  }

  @Test
  void mergesKeysThatNoHashTellsApart() throws IOException, InterruptedException {
    scenes.equalHashes(2_000_000, MEMORY);
  }

  @Test
  void changesEveryValueOfAHundredColumns() throws IOException, InterruptedException {
    scenes.hundredColumns(2_000_000, MEMORY);
  }

  @Test
  void changesManySmallFiles() throws IOException, InterruptedException {
    scenes.manyFiles(50_000, MEMORY);
  }

  @Test
  void takesTheLastOfManyRowsOfOneKey() throws IOException, InterruptedException {
    scenes.oneKey(10_000_000, 50_000_000, MEMORY);
  }

  private static void assertNotMuchLonger(LimitedMerge.Outcome small, LimitedMerge.Outcome plenty) {
    assertThat(small.elapsed())
        .isLessThanOrEqualTo(plenty.elapsed().multipliedBy(MOST_TIMES_LONGER));
  }
}
