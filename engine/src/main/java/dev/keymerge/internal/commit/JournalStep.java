package dev.keymerge.internal.commit;

import java.util.List;

/**
 * Says what publishing does to one file of the target, and how to tell whether it was done.
 *
 * <p>Immutable. Files of the target are named relative to it, private files relative to its home.
 */
sealed interface JournalStep {
  /** Stands for a previous version that is not kept. */
  String NOT_KEPT = "";

  /** Returns the file of the target. */
  String path();

  /** Returns the private files that it takes, or leaves. */
  List<String> hiddenFiles();

  /**
   * Moves a file over another one.
   *
   * @param path the file that is replaced
   * @param source the private file that replaces it
   * @param before what {@code path} is before
   * @param after what {@code path} is afterwards
   * @param kept the private file that holds what {@code path} was, or {@link #NOT_KEPT}
   */
  record Replace(String path, String source, FileState before, FileState after, String kept)
      implements JournalStep {
    @Override
    public List<String> hiddenFiles() {
      return kept.equals(NOT_KEPT) ? List.of(source) : List.of(source, kept);
    }
  }

  /**
   * Moves a file to where none is.
   *
   * @param path the new file
   * @param source the private file that it was
   * @param after what {@code path} is afterwards
   */
  record Add(String path, String source, FileState after) implements JournalStep {
    @Override
    public List<String> hiddenFiles() {
      return List.of(source);
    }
  }

  /**
   * Takes a file away.
   *
   * @param path the file that goes
   * @param before what it was
   * @param kept the private file that it becomes, or {@link #NOT_KEPT}
   */
  record Remove(String path, FileState before, String kept) implements JournalStep {
    @Override
    public List<String> hiddenFiles() {
      return kept.equals(NOT_KEPT) ? List.of() : List.of(kept);
    }
  }
}
