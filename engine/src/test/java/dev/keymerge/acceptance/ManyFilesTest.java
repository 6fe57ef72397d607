package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.FileAction;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.storage.LocalStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rewrites every one of many small files within a heap that has little room for each, from the
 * snapshot to the journal and the report.
 */
class ManyFilesTest {
  private static final int FILES = 400;

  /** Two thirds of it are for the snapshot. */
  private static final long HEAP_BYTES_PER_FILE = 800;

  private static final long HEAP_BYTES_OF_WORK = 150_000;

  private static final PoolLimits LIMITS =
      new PoolLimits(HEAP_BYTES_OF_WORK + FILES * HEAP_BYTES_PER_FILE, 32 << 20, 32 << 20);

  @TempDir private Path directory;

  @Test
  void needsLittleHeapForEachFile() throws IOException {
    People people = new People(directory);
    People.merge(
        people.request(people.changes(rows("ann"))).rowGroupRows(1).maxFileRows(1).build());
    Source source = people.changes(rows("bob"));
    MergeResult result = merge(people.request(source).build());
    assertThat(result.updated()).isEqualTo(FILES);
    assertThat(result.filesRewritten()).isEqualTo(FILES);
    assertThat(result.files())
        .hasSize(FILES)
        .allMatch(file -> file.action() == FileAction.REWRITTEN && file.rows() == 1);
  }

  private static String[] rows(String name) {
    return IntStream.range(0, FILES).mapToObj(id -> id + " " + name + " 1").toArray(String[]::new);
  }

  private static MergeResult merge(MergeRequest request) {
    MemoryBudget budget = new MemoryBudget(LIMITS);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), Tuning.of(2), 1)) {
      return runner.run(request, null, RunMode.MERGE);
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }
}
