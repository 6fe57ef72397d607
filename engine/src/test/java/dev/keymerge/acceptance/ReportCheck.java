package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.FileAction;
import dev.keymerge.FileChange;
import dev.keymerge.MergeResult;
import dev.keymerge.testdata.cases.MergeCase;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.reference.ReferenceResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Compares what a merge reports about files with the files that stand there.
 *
 * @param merge the case, for messages
 * @param files where it was merged
 */
record ReportCheck(MergeCase merge, CaseFiles files) {

  void check(MergeResult result, ReferenceResult expected) throws IOException {
    assertThat(result.files().stream().map(FileChange::path).toList())
        .as("%s: paths", merge)
        .isSorted()
        .doesNotHaveDuplicates();
    checkNumbers(result, expected);
    TreeSet<Path> reported = new TreeSet<>();
    for (FileChange change : result.files()) {
      Path file = files.root().resolve(change.path());
      if (change.action() == FileAction.REMOVED) {
        assertThat(file).as("%s", merge).doesNotExist();
      } else {
        reported.add(file);
        checkFile(change, file);
      }
    }
    assertThat(reported).as("%s: reported files", merge).isEqualTo(standing());
  }

  private void checkNumbers(MergeResult result, ReferenceResult expected) {
    int filesBefore = merge.target().files().size();
    assertThat(result.filesKept()).isEqualTo((int) count(result, FileAction.KEPT));
    assertThat(result.filesRewritten()).isEqualTo((int) count(result, FileAction.REWRITTEN));
    assertThat(result.filesRemoved()).isEqualTo((int) count(result, FileAction.REMOVED));
    assertThat(result.filesAdded()).isEqualTo((int) count(result, FileAction.ADDED));
    assertThat(result.filesKept() + result.filesRewritten() + result.filesRemoved())
        .as("%s: files before", merge)
        .isEqualTo(filesBefore);
    assertThat(result.filesScanned() + result.filesPruned())
        .as("%s: files looked at", merge)
        .isEqualTo(filesBefore);
    boolean grows = files.isSingleFile() && !expected.inserted().isEmpty();
    assertThat(result.filesRewritten() + result.filesRemoved())
        .as("%s: changed files", merge)
        .isEqualTo(grows ? 1 : expected.changedFiles().size());
  }

  private static long count(MergeResult result, FileAction action) {
    return result.files().stream().filter(change -> change.action() == action).count();
  }

  private void checkFile(FileChange change, Path file) throws IOException {
    assertThat(Files.size(file)).as("%s: %s", merge, change).isEqualTo(change.bytes());
    assertThat((long) ParquetJavaTableReader.read(List.of(file)).allRows().size())
        .as("%s: %s", merge, change)
        .isEqualTo(change.rows());
  }

  private TreeSet<Path> standing() throws IOException {
    TreeSet<Path> standing = new TreeSet<>();
    if (Files.exists(files.root())) {
      try (Stream<Path> all = Files.list(files.root())) {
        all.filter(path -> !PrivateFiles.isForHistory(path)).forEach(standing::add);
      }
    }
    return standing;
  }
}
