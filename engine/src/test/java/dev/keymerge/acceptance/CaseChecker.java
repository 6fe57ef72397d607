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
import java.util.ArrayList;
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
  private static final long LEAST_MEMORY_BYTES = 64 << 20;
  private static final int MEMORY_CHOICES = 4;

  private final CaseFiles files;
  private final MergeCase merge;
  private boolean sourceIsStaged;

  CaseChecker(Path directory, MergeCase merge) {
    this.merge = merge;
    this.files = new CaseFiles(directory, merge);
  }

  CaseFiles files() {
    return files;
  }

  /** Returns whether the engine had to stage the source of the merge that ran last. */
  boolean sourceIsStaged() {
    return sourceIsStaged;
  }

  /**
   * Writes the case, merges it as {@code tuning} says, and checks the outcome.
   *
   * @return what the merge said, or null if it was refused as it should be
   */
  @Nullable MergeResult check(Tuning tuning) throws IOException {
    files.writeTarget();
    DirectoryState before = DirectoryState.of(files.root());
    ReferenceResult expected = null;
    MergeRefusal refusal = null;
    try {
      expected = ReferenceMerge.merge(merge.target(), merge.source(), merge.rules());
    } catch (MergeRefusal refused) {
      refusal = refused;
    }
    MergeResult result = null;
    try {
      result = run(tuning, RunMode.MERGE);
      assertThat(expected).as("%s: the reference refuses: %s", merge, refusal).isNotNull();
      checkResult(result, expected, before);
    } catch (MergeException failure) {
      assertThat(refusal).as("%s: the engine refuses: %s", merge, failure).isNotNull();
      checkRefusal(failure, refusal);
      assertThat(DirectoryState.of(files.root())).as("%s", merge).isEqualTo(before);
    }
    assertThat(leftovers()).as("%s: left over", merge).isEmpty();
    return result;
  }

  /**
   * Writes the case and merges it within a budget that others take from too: it comes out right or
   * is refused for want of memory, and then nothing has changed.
   *
   * @return whether it came out right
   */
  boolean checkBesideOthers(MemoryBudget budget, Tuning tuning) throws IOException {
    files.writeTarget();
    DirectoryState before = DirectoryState.of(files.root());
    ReferenceResult expected = reference();
    boolean completed = true;
    try {
      MergeResult result = run(budget, tuning, RunMode.MERGE);
      assertThat(expected).as("%s: the reference refuses", merge).isNotNull();
      checkResult(result, expected, before);
    } catch (MergeException.LimitExceeded refused) {
      completed = false;
      assertThat(refused.remedy()).as("%s", merge).isNotBlank();
      assertThat(DirectoryState.of(files.root())).as("%s", merge).isEqualTo(before);
    } catch (MergeException failure) {
      assertThat(expected).as("%s: the engine refuses: %s", merge, failure).isNull();
      assertThat(DirectoryState.of(files.root())).as("%s", merge).isEqualTo(before);
    }
    assertThat(leftovers()).as("%s: left over", merge).isEmpty();
    return completed;
  }

  /** Merges, and checks that nothing of the engine's memory is still held afterwards. */
  MergeResult run(Tuning tuning, RunMode mode) throws IOException {
    long factor = 1L << Math.floorMod(merge.seed(), MEMORY_CHOICES);
    MemoryBudget budget = new MemoryBudget(LEAST_MEMORY_BYTES * factor);
    try {
      return run(budget, tuning, mode);
    } finally {
      assertThat(budget.usedBytes()).as("%s: memory is left", merge).isZero();
    }
  }

  private MergeResult run(MemoryBudget budget, Tuning tuning, RunMode mode) throws IOException {
    try (CaseSource source = CaseSource.write(merge, files.directory().resolve("source"));
        MergeRunner runner = new MergeRunner(budget, new LocalStorage(), tuning, 1)) {
      sourceIsStaged = source.isStaged();
      ProgressListener silent = progress -> {};
      return runner.run(
          CaseRequest.of(merge.rules(), source.source(), files.target()), silent, mode);
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

  /** Checks the kind: names that do not exist may be the request's fault, all else is data's. */
  private void checkRefusal(MergeException failure, MergeRefusal refusal) {
    if (refusal.kind() == MergeRefusal.Kind.SCHEMA) {
      assertThat(failure)
          .as("%s", merge)
          .isInstanceOfAny(MergeException.BadData.class, MergeException.InvalidRequest.class);
    } else {
      assertThat(failure).as("%s: %s", merge, refusal).isInstanceOf(MergeException.BadData.class);
    }
    assertThat(failure.remedy()).as("%s", merge).isNotBlank();
  }

  private void checkResult(MergeResult result, ReferenceResult expected, DirectoryState before)
      throws IOException {
    assertThat(CaseRequest.counts(result)).as("%s", merge).isEqualTo(expected.counts());
    assertThat(result.bytesCopied()).as("%s", merge).isBetween(0L, result.bytesWritten());
    DirectoryState after = DirectoryState.of(files.root());
    List<Path> targets = files.targetFiles();
    for (int number = 0; number < targets.size(); number++) {
      Path file = targets.get(number);
      boolean grows = files.isSingleFile() && !expected.inserted().isEmpty();
      List<@Nullable Object[]> rows = new ArrayList<>(expected.files().get(number));
      rows.addAll(grows ? expected.inserted() : List.of());
      assertSameRows("file " + number, rowsOf(file), rows);
      if (!expected.changedFiles().contains(number) && !grows) {
        assertThat(after.entry(files.root(), file))
            .as("%s: file %s has no change", merge, number)
            .isEqualTo(before.entry(files.root(), file));
      }
    }
    if (!files.isSingleFile()) {
      List<@Nullable Object[]> added = new ArrayList<>();
      for (Path file : addedFiles()) {
        added.addAll(rowsOf(file));
      }
      assertSameRows("new files", added, expected.inserted());
    }
    new ReportCheck(merge, files).check(result, expected);
  }

  private static List<@Nullable Object[]> rowsOf(Path file) throws IOException {
    return Files.exists(file) ? ParquetJavaTableReader.read(List.of(file)).allRows() : List.of();
  }

  /** Returns the files that the merge added, in order. */
  List<Path> addedFiles() throws IOException {
    return present().stream().filter(file -> !files.targetFiles().contains(file)).toList();
  }

  /** Returns the files that stand in the target, in order. */
  List<Path> present() throws IOException {
    if (!Files.exists(files.root())) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(files.root())) {
      return all.filter(path -> !PrivateFiles.isForHistory(path)).sorted().toList();
    }
  }

  /** Returns whatever stands beside target and source, or in the target and is no data file. */
  List<Path> leftovers() throws IOException {
    List<Path> leftovers = new ArrayList<>();
    try (Stream<Path> all = Files.walk(files.directory())) {
      for (Path path :
          all.filter(path -> !path.startsWith(files.directory().resolve("source"))).toList()) {
        String name = path.getFileName().toString();
        boolean isFile = Files.isRegularFile(path) && path.getParent().equals(files.root());
        boolean isData = isFile && name.endsWith(".parquet") && !name.startsWith("_");
        if (!path.equals(files.directory())
            && !path.equals(files.root())
            && !isData
            && !PrivateFiles.isForHistory(path)) {
          leftovers.add(path);
        }
      }
    }
    return leftovers;
  }

  private void assertSameRows(
      String place, List<@Nullable Object[]> actual, List<@Nullable Object[]> expected) {
    assertThat(actual).as("%s: rows of %s", merge, place).hasSameSizeAs(expected);
    for (int row = 0; row < actual.size(); row++) {
      for (int column = 0; column < actual.get(row).length; column++) {
        Object left = actual.get(row)[column];
        Object right = expected.get(row)[column];
        assertThat(ValueOrder.same(left, right))
            .as(
                "%s: %s, row %s, column %s: %s instead of %s",
                merge, place, row, column, left, right)
            .isTrue();
      }
    }
  }
}
