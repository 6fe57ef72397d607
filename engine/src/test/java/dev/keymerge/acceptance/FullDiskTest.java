package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.MergeResult;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.FaultyStorage;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StorageFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets the disk be full at every single write of spilled data, one after the other: the merge fails
 * with a reason and the target is as it was, or it gets by and is right; what was spilled is gone
 * either way.
 */
class FullDiskTest {
  private static final long MEMORY_BYTES = 128 << 20;

  @TempDir private Path directory;

  @Test
  void failsCleanlyOrGetsByAtEveryWriteOfSpilledData() throws IOException {
    List<Integer> writes = new ArrayList<>();
    FaultyStorage counting = new FaultyStorage(new LocalStorage());
    counting.count();
    People people = people("counted");
    MergeResult result = merge(people, counting);
    assertThat(result.bytesSpilled()).isPositive();
    List<String> operations = counting.operations();
    for (int number = 0; number < operations.size(); number++) {
      String operation = operations.get(number);
      if (operation.contains("/spill-")
          && (operation.startsWith("write ") || operation.startsWith("create "))) {
        writes.add(number);
      }
    }
    assertThat(writes).as("writes among %s", operations).isNotEmpty();
    for (int write : writes) {
      failAt(write, operations.get(write));
    }
  }

  private void failAt(int operation, String what) throws IOException {
    People people = people("case" + operation);
    DirectoryState before = DirectoryState.of(people.target());
    FaultyStorage storage = new FaultyStorage(new LocalStorage());
    storage.arm(operation, StorageFault.NO_SPACE);
    try {
      merge(people, storage);
      // A write that failed was made again; the disk had room by then.
      assertThat(People.lines(people.file("a.parquet"))).as(what).contains("2 bob 99");
      assertThat(People.lines(people.file("c.parquet")))
          .as(what)
          .contains("10 joe 39", "11 kim 41");
      assertThat(staged(people)).as(what).isEmpty();
    } catch (MergeException.InputOutput | MergeException.LimitExceeded failure) {
      assertThat(failure.remedy()).as(what).isNotBlank();
      assertThat(DirectoryState.of(people.target())).as(what).isEqualTo(before);
    }
    assertThat(storage.fired()).as(what).isEqualTo(1);
    Trees.delete(people.directory());
  }

  /** Returns what stands below the target that spilling or staging left there. */
  private static List<Path> staged(People people) throws IOException {
    try (Stream<Path> all = Files.walk(people.target())) {
      return all.filter(
              path -> path.getFileName().toString().matches("spill.*|.*[.]staged|.*[.]pages"))
          .toList();
    }
  }

  private People people(String name) throws IOException {
    People people = new People(Files.createDirectory(directory.resolve(name)));
    people.storeThreeFiles();
    return people;
  }

  private static MergeResult merge(People people, FaultyStorage storage) throws IOException {
    MemoryBudget budget = new MemoryBudget(MEMORY_BYTES);
    Tuning usual = Tuning.of(1);
    Tuning spilling =
        new Tuning(
            usual.threads(),
            usual.batchRows(),
            usual.indexPartitionBits(),
            usual.pruning(),
            Tuning.Values.SCATTERED,
            usual.hash());
    try (MergeRunner runner = new MergeRunner(budget, storage, spilling, 1)) {
      return runner.run(
          people
              .request(people.changes("2 bob 99", "10 joe 39", "11 kim 41", "70 new 1", "71 neo 2"))
              .build(),
          null,
          RunMode.MERGE);
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }
}
