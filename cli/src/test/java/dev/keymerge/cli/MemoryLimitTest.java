package dev.keymerge.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Merges more than the memory limit can hold at once, while the kernel holds the process to that
 * limit; see {@link LargeMemoryLimitTest} for the same merges at their full size.
 */
class MemoryLimitTest {
  private static final String MEMORY = "256m";

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
  void changesAPartOfLineItemsInRandomPlacesTheSameWithinEveryLimit()
      throws IOException, InterruptedException {
    scenes.someLineItems(400_000, 100, MEMORY);

    scenes.again("1g", "l_orderkey", "l_linenumber");
    scenes.again("8g", "l_orderkey", "l_linenumber");
  }

  @Test
  void changesEveryLineItemFromAStream() throws IOException, InterruptedException {
    scenes.everyLineItem(300_000, MEMORY);
  }

  @Test
  void changesOneFileOfLargeRowGroups() throws IOException, InterruptedException {
    scenes.largeRowGroups(300_000, 250_000, MEMORY);
  }

  @Test
  void mergesAsManyIntegerKeysAsThereAre() throws IOException, InterruptedException {
    scenes.fourIntegers(2_500_000, MEMORY);
  }

  @Test
  void mergesAsManyTextKeysAsThereAre() throws IOException, InterruptedException {
    scenes.uuids(700_000, MEMORY);
  }

  @Test
  void mergesKeysThatAreLongTexts() throws IOException, InterruptedException {
    scenes.longKeys(30_000, MEMORY);
  }

  @Test
  void mergesKeysThatNoHashTellsApart() throws IOException, InterruptedException {
    scenes.equalHashes(100_000, MEMORY);
  }

  @Test
  void changesEveryValueOfAHundredColumns() throws IOException, InterruptedException {
    scenes.hundredColumns(60_000, MEMORY);
  }

  @Test
  void changesManySmallFiles() throws IOException, InterruptedException {
    scenes.manyFiles(300, MEMORY);
  }

  @Test
  void takesTheLastOfManyRowsOfOneKey() throws IOException, InterruptedException {
    scenes.oneKey(500_000, 2_000_000, MEMORY);
  }
}
