package dev.keymerge.acceptance;

import dev.keymerge.testdata.cases.MergeCase;
import dev.keymerge.testdata.parquet.TableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lays the target of a random case out as files, and says which path a merge into it names: the
 * directory, or now and then its only file.
 *
 * @param directory where everything goes; empty at first
 * @param merge the case
 */
record CaseFiles(Path directory, MergeCase merge) {
  private static final int SINGLE_FILE_CHOICES = 3;

  /** Returns the directory of the target's files. */
  Path root() {
    return directory.resolve("target");
  }

  /** Returns the path that the merge names. */
  Path target() {
    return isSingleFile() ? targetFiles().get(0) : root();
  }

  /** Tells whether the merge names a file, to which new rows are then added. */
  boolean isSingleFile() {
    return merge.target().files().size() == 1
        && Math.floorMod(merge.seed(), SINGLE_FILE_CHOICES) == 0;
  }

  /** Returns the target's files as they were before the merge, in order; some may be gone since. */
  List<Path> targetFiles() {
    List<Path> files = new ArrayList<>();
    for (int number = 0; number < merge.target().files().size(); number++) {
      files.add(TableFiles.file(root(), number));
    }
    return files;
  }

  /** Writes the target; a target without files is left missing. */
  void writeTarget() throws IOException {
    TableFiles.writeEach(
        root(), merge.target().schema(), merge.target().files(), merge.targetLayout());
  }
}
