package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.MergeResult;
import dev.keymerge.ProgressListener;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.cases.MergeCase;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.reference.MergeRefusal;
import dev.keymerge.testdata.reference.ReferenceMerge;
import dev.keymerge.testdata.reference.ReferenceResult;
import dev.keymerge.testdata.row.ValueOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a random case through the engine and holds everything that is left against the reference
 * merge.
 *
 * <p>A failing assertion names the case's number, which makes it again.
 */
final class CaseChecker {
  private static final long MEMORY_BYTES = 64 << 20;

  private final CaseFiles files;
  private final MergeCase merge;

  CaseChecker(Path directory, MergeCase merge) {
    this.merge = merge;
    this.files = new CaseFiles(directory, merge);
  }

  CaseFiles files() {
    return files;
  }

  /** Writes the case, merges it as {@code tuning} says, and checks the outcome. */
  void check(Tuning tuning) throws IOException {
    files.writeTarget();
    DirectoryState before = DirectoryState.of(files.target());
    ReferenceResult expected = reference();
    try {
      MergeResult result = run(tuning, RunMode.MERGE);
      assertThat(expected).as("%s: the reference refuses", merge).isNotNull();
      checkResult(result, expected, before);
    } catch (MergeException refusal) {
      assertThat(expected).as("%s: the engine refuses: %s", merge, refusal).isNull();
      assertThat(refusal)
          .as("%s", merge)
          .isInstanceOfAny(MergeException.BadData.class, MergeException.InvalidRequest.class);
      assertThat(DirectoryState.of(files.target())).as("%s", merge).isEqualTo(before);
    }
    assertThat(staging()).as("%s: staging is left", merge).isEmpty();
  }

  /** Merges, and checks that nothing of the engine's memory is still held afterwards. */
  MergeResult run(Tuning tuning, RunMode mode) throws IOException {
    MemoryBudget budget = new MemoryBudget(MEMORY_BYTES);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), tuning, 1)) {
      ProgressListener silent = progress -> {};
      return runner.run(
          CaseRequest.of(merge.rules(), files.writeSource(), files.target()), silent, mode);
    } finally {
      assertThat(budget.usedBytes()).as("%s: memory is left", merge).isZero();
    }
  }

  /** Returns what must come out, or null if the rules forbid the merge. */
  @Nullable ReferenceResult reference() {
    try {
      return ReferenceMerge.merge(merge.target(), merge.source(), merge.rules());
    } catch (MergeRefusal refusal) {
      return null;
    }
  }

  private void checkResult(MergeResult result, ReferenceResult expected, DirectoryState before)
      throws IOException {
    assertThat(CaseRequest.counts(result)).as("%s", merge).isEqualTo(expected.counts());
    DirectoryState after = DirectoryState.of(files.target());
    List<Path> targets = files.targetFiles();
    for (int number = 0; number < targets.size(); number++) {
      Path file = targets.get(number);
      List<@Nullable Object[]> rows =
          Files.exists(file) ? ParquetJavaTableReader.read(List.of(file)).allRows() : List.of();
      assertSameRows("file " + number, rows, expected.files().get(number));
      if (!expected.changedFiles().contains(number)) {
        assertThat(after.entry(files.target(), file))
            .as("%s: file %s has no change", merge, number)
            .isEqualTo(before.entry(files.target(), file));
      }
    }
    List<Path> added = addedFiles();
    assertSameRows(
        "new files",
        added.isEmpty() ? List.of() : ParquetJavaTableReader.read(added).allRows(),
        expected.inserted());
  }

  /** Returns the files that the merge added, in order. */
  List<Path> addedFiles() throws IOException {
    if (!Files.exists(files.target())) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(files.target())) {
      return all.filter(file -> file.getFileName().toString().startsWith("keymerge-"))
          .sorted()
          .toList();
    }
  }

  private List<Path> staging() throws IOException {
    try (Stream<Path> all = Files.walk(files.directory())) {
      return all.filter(path -> path.getFileName().toString().equals("_keymerge")).toList();
    }
  }

  private void assertSameRows(
      String place, List<@Nullable Object[]> actual, List<@Nullable Object[]> expected) {
    assertThat(actual).as("%s: rows of %s", merge, place).hasSameSizeAs(expected);
    for (int row = 0; row < actual.size(); row++) {
      for (int column = 0; column < actual.get(row).length; column++) {
        Object left = actual.get(row)[column];
        Object right = expected.get(row)[column];
        boolean same = left == null || right == null ? left == right : ValueOrder.same(left, right);
        assertThat(same)
            .as(
                "%s: %s, row %s, column %s: %s instead of %s",
                merge, place, row, column, left, right)
            .isTrue();
      }
    }
  }
}
