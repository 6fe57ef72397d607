package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.MergeResult;
import dev.keymerge.Strategy;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.job.Tuning.Overflow;
import dev.keymerge.internal.job.Tuning.Pruning;
import dev.keymerge.internal.job.Tuning.Values;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.DenyingBudget;
import dev.keymerge.internal.memory.DenyingBudget.Extent;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Refuses every single request for memory of small merges, one after the other: the merge completes
 * without it or says that it cannot, and either way nothing is held and nothing is left behind.
 */
class MemoryDenialTest {
  /** A usual build refuses a part of the requests, evenly spread; the slow one refuses all. */
  private static final int STRIDE = 23;

  /** Room for less than the two tables of keys that a fixed hash makes. */
  private static final Tuning KEYS_ON_DISK =
      new Tuning(3, 2, 1, Pruning.ON, Values.AUTO, new SeededKeyHash(1)).withIndexBytes(3_000);

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void refusesOrCompletesWhateverSingleRequestIsRefused(Strategy strategy) throws IOException {
    sweep(strategy, Extent.ONE, STRIDE, Tuning.of(1));
  }

  @Test
  void refusesOrCompletesWhenNothingIsGrantedAnyMore() throws IOException {
    sweep(Strategy.UPSERT, Extent.ALL_FROM_THERE, STRIDE, Tuning.of(1));
  }

  @Test
  void refusesOrCompletesWithSeveralThreads() throws IOException {
    sweep(Strategy.SYNC, Extent.ONE, STRIDE * 2, Tuning.of(3));
  }

  /** What a thread had found when it was refused memory must be found again. */
  @ParameterizedTest
  @EnumSource(names = {"UPSERT", "SYNC"})
  void refusesOrCompletesWithKeysOnDiskAndSeveralThreads(Strategy strategy) throws IOException {
    sweep(strategy, Extent.ONE, STRIDE / 3, KEYS_ON_DISK);
  }

  @ParameterizedTest
  @EnumSource(names = {"UPSERT", "SYNC"})
  void refusesOrCompletesWithMatchesOnDisk(Strategy strategy) throws IOException {
    sweep(strategy, Extent.ONE, STRIDE / 2, Tuning.of(2).withMatchBytes(1));
  }

  @ParameterizedTest
  @EnumSource(names = {"PASSES", "SORTED"})
  void refusesOrCompletesInSeveralRounds(Overflow overflow) throws IOException {
    sweep(Strategy.SYNC, Extent.ONE, STRIDE, KEYS_ON_DISK.withOverflow(overflow));
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  @Tag("slow")
  void refusesOrCompletesWhicheverSingleRequestIsRefused(Strategy strategy) throws IOException {
    sweep(strategy, Extent.ONE, 1, Tuning.of(1));
    sweep(strategy, Extent.ALL_FROM_THERE, 1, Tuning.of(2));
    sweep(strategy, Extent.ONE, 1, Tuning.of(2).withMatchBytes(1));
    sweep(strategy, Extent.ONE, 1, KEYS_ON_DISK);
    sweep(strategy, Extent.ONE, 1, KEYS_ON_DISK.withOverflow(Overflow.PASSES));
    sweep(strategy, Extent.ONE, 1, KEYS_ON_DISK.withOverflow(Overflow.SORTED));
  }

  private void sweep(Strategy strategy, Extent extent, int stride, Tuning tuning)
      throws IOException {
    DirectoryState expected = null;
    long refusals = 0;
    for (long refused = -1; ; refused += refused < 0 ? 1 : stride) {
      People people = new People(Files.createDirectory(directory.resolve("case" + refused)));
      people.storeThreeFiles();
      DirectoryState before = DirectoryState.of(people.target());
      // The first round refuses nothing, and tells what comes out.
      DenyingBudget denying = new DenyingBudget(refused < 0 ? Long.MAX_VALUE : refused, extent);
      String what = strategy + " without request " + refused + " " + extent;
      try {
        MergeResult result = merge(people, strategy, denying.budget(), tuning);
        assertThat(result.targetRowsBefore()).as(what).isEqualTo(12);
        if (tuning.indexBytes() != Tuning.AUTOMATIC) {
          assertThat(result.spilledPartitions()).as(what).isPositive();
        }
        if (expected == null) {
          expected = DirectoryState.content(people.target());
        }
        assertThat(DirectoryState.content(people.target())).as(what).isEqualTo(expected);
      } catch (MergeException.LimitExceeded refusal) {
        refusals++;
        assertThat(denying.fired()).as(what).isPositive();
        assertThat(refusal.remedy()).as(what).isNotBlank();
        assertThat(DirectoryState.of(people.target())).as(what).isEqualTo(before);
      }
      assertThat(denying.budget().usedBytes()).as("%s: memory is left", what).isZero();
      Trees.delete(people.directory());
      if (refused >= 0 && denying.fired() == 0) {
        assertThat(refusals).as("refusals of %s", strategy).isPositive();
        return;
      }
    }
  }

  /** Updates, inserts and deletes in two of three files, with a key that stands twice. */
  private static MergeResult merge(
      People people, Strategy strategy, MemoryBudget budget, Tuning tuning) throws IOException {
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), tuning, 1)) {
      return runner.run(
          people
              .request(people.changes("2 bob 99", "10 joe 39", "11 kim 41", "70 new 1", "71 neo 2"))
              .strategy(strategy)
              .build(),
          null,
          RunMode.MERGE);
    }
  }
}
