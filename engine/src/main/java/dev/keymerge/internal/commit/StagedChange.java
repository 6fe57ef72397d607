package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.StoragePath;

/** Says what publishing does to one file of the target. */
public sealed interface StagedChange {
  /** Returns the file of the target that changes. */
  StoragePath target();

  /**
   * Puts a successor in the place of a file.
   *
   * @param staged the successor
   * @param target the file that it replaces
   */
  record Replace(StagedFile staged, StoragePath target) implements StagedChange {}

  /**
   * Adds a file.
   *
   * @param staged the new file
   * @param target where it goes; nothing stands there yet
   */
  record Add(StagedFile staged, StoragePath target) implements StagedChange {}

  /**
   * Takes a file away.
   *
   * @param target the file that goes
   */
  record Remove(StoragePath target) implements StagedChange {}
}
