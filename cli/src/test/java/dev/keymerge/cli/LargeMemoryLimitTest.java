package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Merges tables that are larger than their memory limit by factors of tens to hundreds, while the
 * kernel holds the process to that limit.
 *
 * <p>Takes hours on two cores, and up to 40 GB of disk.
 */
@Tag("slow")
class LargeMemoryLimitTest {
  private static final String MEMORY = "256m";
  private static final String PLENTY = "8g";
  private static final long LINE_ITEMS = 60_000_000;
  private static final String[] LINE_ITEM_KEY = {"l_orderkey", "l_linenumber"};

  /** How much longer a merge may take within a small limit than with plenty of memory. */
  private static final int MOST_TIMES_LONGER = 3;

  @TempDir private Path directory;

  private String name;
  private MemoryScenes scenes;

  @BeforeEach
  void openScenes(TestInfo test) {
    name = test.getTestMethod().orElseThrow().getName();
    scenes = new MemoryScenes(directory);
  }

  @AfterEach
  void closeScenes() {
    scenes.close();
  }

  @Test
  void changesAHundredthOfLineItems() throws IOException, InterruptedException {
    LimitedMerge.Outcome small = told(MEMORY, scenes.someLineItems(LINE_ITEMS, 10, MEMORY));
    assertNotMuchLonger(small, told(PLENTY, scenes.again(PLENTY, LINE_ITEM_KEY)));
  }

  @Test
  void changesATenthOfLineItems() throws IOException, InterruptedException {
    LimitedMerge.Outcome small = told(MEMORY, scenes.someLineItems(LINE_ITEMS, 100, MEMORY));
    assertNotMuchLonger(small, told(PLENTY, scenes.again(PLENTY, LINE_ITEM_KEY)));
  }

  @Test
  void changesEveryLineItemFromAStream() throws IOException, InterruptedException {
    LimitedMerge.Outcome small = told(MEMORY, scenes.everyLineItem(LINE_ITEMS, MEMORY));
    assertNotMuchLonger(small, told(PLENTY, scenes.everyLineItemAgain(LINE_ITEMS, PLENTY)));
  }

  @Test
  void changesEveryLineItemFromAStreamWithinTwiceAsMuch() throws IOException, InterruptedException {
    told("512m", scenes.everyLineItem(LINE_ITEMS, "512m"));
  }

  /** Limits between those of the other scenes, for the promise is one for every limit. */
  @ParameterizedTest
  @ValueSource(strings = {"300m", "384m", "640m", "768m", "1g", "1500m", "2g", "3g"})
  void staysBelowEveryLimit(String memory) throws IOException, InterruptedException {
    told(memory, scenes.everyLineItem(LINE_ITEMS / 6, memory));
  }

  @Test
  void changesOneFileOfLargeRowGroups() throws IOException, InterruptedException {
    told(MEMORY, scenes.largeRowGroups(LINE_ITEMS, 4_000_000, MEMORY));
  }

  @Test
  void mergesAsManyIntegerKeysAsThereAre() throws IOException, InterruptedException {
    told("512m", scenes.fourIntegers(200_000_000, "512m"));
    // Half as much does not even hold one bit for each row of the source.
    told(MEMORY, scenes.again(MEMORY, "id"));
  }

  @Test
  void mergesAsManyTextKeysAsThereAre() throws IOException, InterruptedException {
    told(MEMORY, scenes.uuids(20_000_000, MEMORY));
  }

  @Test
  void mergesKeysThatNoHashTellsApart() throws IOException, InterruptedException {
    told(MEMORY, scenes.equalHashes(2_000_000, MEMORY));
  }

  @Test
  void changesEveryValueOfAHundredColumns() throws IOException, InterruptedException {
    told(MEMORY, scenes.hundredColumns(2_000_000, MEMORY));
  }

  @Test
  void changesManySmallFiles() throws IOException, InterruptedException {
    told(MEMORY, scenes.manyFiles(50_000, MEMORY));
  }

  @Test
  void takesTheLastOfManyRowsOfOneKey() throws IOException, InterruptedException {
    told(MEMORY, scenes.oneKey(10_000_000, 50_000_000, MEMORY));
  }

  /** Prints what a merge took, which is as good to know as that it kept its limit. */
  private LimitedMerge.Outcome told(String memory, LimitedMerge.Outcome outcome) {
    System.out.printf(
        "%s within %s: %d MiB resident, %d s, %d s of processor%n",
        name,
        memory,
        outcome.peakResidentBytes() >> 20,
        outcome.elapsed().toSeconds(),
        outcome.processor().toSeconds());
    return outcome;
  }

  private static void assertNotMuchLonger(LimitedMerge.Outcome small, LimitedMerge.Outcome plenty) {
    assertThat(small.elapsed())
        .isLessThanOrEqualTo(plenty.elapsed().multipliedBy(MOST_TIMES_LONGER));
  }
}
