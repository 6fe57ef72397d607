package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeResult;
import dev.keymerge.acceptance.Coverage.Way;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.job.Tuning.Overflow;
import dev.keymerge.internal.job.Tuning.Pruning;
import dev.keymerge.internal.job.Tuning.Values;
import dev.keymerge.internal.key.ConstantHash;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.testdata.cases.MergeCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Merges random data by random rules in random layouts, and compares with the reference merge.
 *
 * <p>{@code -Dkeymerge.cases=N} runs more of them, {@code -Dkeymerge.seed=S} starts elsewhere; a
 * failure names the seed of its case, and {@code -Dkeymerge.seed=S -Dkeymerge.cases=1} runs just
 * that one.
 */
class RandomMergeTest {
  private static final long SEED = Long.getLong("keymerge.seed", 1_000_000);
  private static final int CASES = Integer.getInteger("keymerge.cases", 250);
  private static final int AGREEMENTS = Math.max(1, CASES / 5);
  private static final int SPILLED_CASES = CASES / 2;
  private static final int SCATTERED_CASES = Math.max(1, CASES / 3);

  /** Memory for so few keys that almost every case joins on disk. */
  private static final long FEW_BYTES = 6_000;

  private static final int MANY_CASES = 5_000;

  /** So many cases are drawn in every build; fewer only when somebody asks for them. */
  private static final int USUAL_CASES = 250;

  /** Where memory suffices, all but what is done about keys for which it does not. */
  private static final Set<Way> ALL_WAYS_IN_MEMORY =
      EnumSet.complementOf(
          EnumSet.of(
              Way.KEYS_IN_PARTITIONS,
              Way.KEYS_IN_PASSES,
              Way.KEYS_IN_SEVERAL_PASSES,
              Way.KEYS_IN_ORDER,
              Way.KEYS_SPILLED,
              Way.ANYTHING_SPILLED));

  @TempDir Path directory;

  @Test
  void equalsTheReference() throws IOException {
    checkAll(SEED, CASES);
  }

  @Test
  @Tag("slow")
  void equalsTheReferenceManyTimes() throws IOException {
    checkAll(SEED + 1_000_000, MANY_CASES);
  }

  private void checkAll(long first, int count) throws IOException {
    Coverage coverage = checkAll(first, count, seed -> Tuning.of(1 + (int) (seed % 3)));
    require(coverage, ALL_WAYS_IN_MEMORY);
  }

  /** Checks cases, and returns which ways they went. */
  private Coverage checkAll(long first, int count, LongFunction<Tuning> tuning) throws IOException {
    Coverage coverage = new Coverage();
    for (long seed = first; seed < first + count; seed++) {
      Path place = Files.createDirectory(directory.resolve("case-" + seed));
      CaseChecker checker = new CaseChecker(place, MergeCase.ofSeed(seed));
      coverage.add(checker.check(tuning.apply(seed)), checker);
      Trees.delete(place);
    }
    return coverage;
  }

  /** A few cases, as one looks at after a failure, need not go every way. */
  private static void require(Coverage coverage, Set<Way> ways) {
    if (CASES >= USUAL_CASES) {
      coverage.require(ways);
    }
  }

  /** Says how every single case is made hard for the engine. */
  private enum Hardship {
    ROWS_ONE_BY_ONE(1),
    EQUAL_HASHES(8192),
    EQUAL_HASHES_ONE_BY_ONE(1);

    private final int batchRows;

    Hardship(int batchRows) {
      this.batchRows = batchRows;
    }

    private Tuning tuning(long seed) {
      int threads = 1 + (int) (seed % 2);
      int bits = (int) (seed % 3);
      KeyHash hash = this == ROWS_ONE_BY_ONE ? new SeededKeyHash(1) : ConstantHash.MIXED_BITS;
      return new Tuning(threads, batchRows, bits, Pruning.ON, Values.AUTO, hash);
    }
  }

  @ParameterizedTest
  @EnumSource
  void equalsTheReferenceUnder(Hardship hardship) throws IOException {
    require(
        checkAll(SEED + 4_000_000, SPILLED_CASES, hardship::tuning),
        EnumSet.of(Way.KEYS_IN_MEMORY, Way.UPDATED, Way.INSERTED, Way.DELETED, Way.REFUSED));
  }

  @ParameterizedTest
  @EnumSource
  void equalsTheReferenceWithKeysSpilledUnder(Hardship hardship) throws IOException {
    require(
        checkAll(
            SEED + 5_000_000,
            SPILLED_CASES,
            seed ->
                hardship
                    .tuning(seed)
                    .withIndexBytes(FEW_BYTES)
                    .withOverflow(Overflow.values()[(int) (seed / 2 % Overflow.values().length)])),
        EnumSet.of(
            Way.KEYS_IN_PARTITIONS,
            Way.KEYS_IN_PASSES,
            Way.KEYS_IN_ORDER,
            Way.KEYS_SPILLED,
            Way.UPDATED,
            Way.INSERTED,
            Way.DELETED,
            Way.REFUSED));
  }

  @Test
  void equalsTheReferenceHoweverItWorks() throws IOException {
    List<Tuning> tunings =
        List.of(
            withPruning(Tuning.of(1), Pruning.OFF),
            new Tuning(2, 1, 3, Pruning.ON, Values.SCATTERED, Tuning.of(1).hash()),
            new Tuning(1, 100, 0, Pruning.ON, Values.DIRECT, ConstantHash.ZERO),
            withValues(Tuning.of(2), Values.SCATTERED).withMatchBytes(1),
            withValues(Tuning.of(3), Values.DIRECT).withMatchBytes(20_000),
            withValues(Tuning.of(3), Values.SCATTERED),
            new Tuning(2, 50, 2, Pruning.ON, Values.AUTO, Tuning.of(1).hash())
                .withIndexBytes(FEW_BYTES),
            new Tuning(1, 8192, 0, Pruning.OFF, Values.AUTO, ConstantHash.ZERO)
                .withIndexBytes(FEW_BYTES),
            new Tuning(2, 1, 2, Pruning.ON, Values.AUTO, Tuning.of(1).hash())
                .withIndexBytes(FEW_BYTES)
                .withOverflow(Overflow.PASSES),
            new Tuning(1, 70, 1, Pruning.OFF, Values.AUTO, ConstantHash.ZERO)
                .withIndexBytes(FEW_BYTES)
                .withOverflow(Overflow.PASSES),
            new Tuning(2, 50, 2, Pruning.ON, Values.AUTO, Tuning.of(1).hash())
                .withIndexBytes(FEW_BYTES)
                .withOverflow(Overflow.SORTED),
            new Tuning(1, 1, 2, Pruning.OFF, Values.AUTO, ConstantHash.ZERO)
                .withIndexBytes(FEW_BYTES)
                .withOverflow(Overflow.SORTED),
            Tuning.of(4));
    Map<Tuning, Coverage> coverage = new HashMap<>();
    for (long seed = SEED; seed < SEED + AGREEMENTS; seed++) {
      DirectoryState usual = contentAfter(seed, Tuning.of(1), new Coverage());
      for (Tuning tuning : tunings) {
        Coverage seen = coverage.computeIfAbsent(tuning, unseen -> new Coverage());
        assertThat(contentAfter(seed, tuning, seen))
            .as("%s under %s", MergeCase.ofSeed(seed), tuning)
            .isEqualTo(usual);
      }
    }
    coverage.forEach(
        (tuning, seen) ->
            require(
                seen,
                EnumSet.of(
                    tuning.indexBytes() == Tuning.AUTOMATIC ? Way.KEYS_IN_MEMORY : Way.KEYS_SPILLED,
                    Way.UPDATED)));
  }

  @ParameterizedTest
  @EnumSource
  void equalsTheReferenceWithKeysSpilled(Overflow overflow) throws IOException {
    Coverage coverage =
        checkAll(
            SEED + 3_000_000,
            SPILLED_CASES,
            seed ->
                new Tuning(
                        1 + (int) (seed % 2),
                        8192,
                        (int) (seed % 3),
                        Pruning.ON,
                        Values.AUTO,
                        Tuning.of(1).hash())
                    .withIndexBytes(FEW_BYTES)
                    .withOverflow(overflow));
    EnumSet<Way> ways = EnumSet.copyOf(ALL_WAYS_IN_MEMORY);
    ways.addAll(EnumSet.of(Way.KEYS_SPILLED, Way.ANYTHING_SPILLED));
    switch (overflow) {
      case AUTO -> {}
      case PARTITIONS -> ways.add(Way.KEYS_IN_PARTITIONS);
      case PASSES -> ways.addAll(EnumSet.of(Way.KEYS_IN_PASSES, Way.KEYS_IN_SEVERAL_PASSES));
      case SORTED -> ways.add(Way.KEYS_IN_ORDER);
      default -> throw new AssertionError(overflow);
    }
    require(coverage, ways);
  }

  @Test
  void equalsTheReferenceWithValuesScattered() throws IOException {
    require(
        checkAll(
            SEED + 2_000_000,
            SCATTERED_CASES,
            seed -> withValues(Tuning.of(1 + (int) (seed % 3)), Values.SCATTERED)),
        EnumSet.of(Way.KEYS_IN_MEMORY, Way.ANYTHING_SPILLED, Way.UPDATED, Way.PAGES_ENCODED));
  }

  /** Returns names and bytes of the target after a merge that was checked. */
  private DirectoryState contentAfter(long seed, Tuning tuning, Coverage coverage)
      throws IOException {
    Path place = Files.createDirectory(directory.resolve("case-" + seed));
    CaseChecker checker = new CaseChecker(place, MergeCase.ofSeed(seed));
    coverage.add(checker.check(tuning), checker);
    DirectoryState content = DirectoryState.content(checker.files().root());
    Trees.delete(place);
    return content;
  }

  @Test
  void changesNothingTheSecondTime() throws IOException {
    for (long seed = SEED; seed < SEED + AGREEMENTS; seed++) {
      Path place = Files.createDirectory(directory.resolve("case-" + seed));
      MergeCase merge = MergeCase.ofSeed(seed);
      CaseChecker checker = new CaseChecker(place, merge);
      checker.check(Tuning.of(2));
      boolean repeatable =
          checker.reference() != null
              && switch (merge.rules().nullKeys()) {
                case MATCH, FAIL -> true;
                // Rows whose key has a null never match and are inserted every time.
                case NEVER -> false;
              }
              && switch (merge.rules().actions().notMatched()) {
                case INSERT, IGNORE -> true;
                case FAIL -> false;
              }
              && switch (merge.rules().actions().matched()) {
                case UPDATE, KEEP -> true;
                // What the first merge inserted, the second one would delete or refuse.
                case DELETE, FAIL -> false;
              };
      if (repeatable) {
        DirectoryState before = DirectoryState.of(checker.files().root());
        MergeResult again = checker.run(Tuning.of(1), RunMode.MERGE);
        assertThat(again.targetUnchanged()).as("%s: %s", merge, again).isTrue();
        assertThat(again.bytesWritten()).as("%s", merge).isZero();
        assertThat(DirectoryState.of(checker.files().root())).as("%s", merge).isEqualTo(before);
      }
      Trees.delete(place);
    }
  }

  @Test
  void rehearsesWithTheSameCountsAndTouchesNothing() throws IOException {
    for (long seed = SEED; seed < SEED + AGREEMENTS; seed++) {
      Path place = Files.createDirectory(directory.resolve("case-" + seed));
      CaseChecker checker = new CaseChecker(place, MergeCase.ofSeed(seed));
      if (checker.reference() != null) {
        checker.files().writeTarget();
        DirectoryState before = DirectoryState.of(checker.files().root());
        MergeResult rehearsal = checker.run(Tuning.of(2), RunMode.DRY_RUN);
        assertThat(DirectoryState.of(checker.files().root()))
            .as("%s", MergeCase.ofSeed(seed))
            .isEqualTo(before);
        MergeResult result = checker.run(Tuning.of(2), RunMode.MERGE);
        assertThat(CaseRequest.counts(rehearsal))
            .as("%s", MergeCase.ofSeed(seed))
            .isEqualTo(CaseRequest.counts(result));
        assertThat(rehearsal.filesRewritten()).isEqualTo(result.filesRewritten());
        assertThat(rehearsal.filesRemoved()).isEqualTo(result.filesRemoved());
        assertThat(rehearsal.filesAdded()).isEqualTo(result.filesAdded());
      }
      Trees.delete(place);
    }
  }

  private static Tuning withPruning(Tuning tuning, Pruning pruning) {
    return new Tuning(
        tuning.threads(),
        tuning.batchRows(),
        tuning.indexPartitionBits(),
        pruning,
        tuning.values(),
        tuning.hash());
  }

  private static Tuning withValues(Tuning tuning, Values values) {
    return new Tuning(
        tuning.threads(),
        tuning.batchRows(),
        tuning.indexPartitionBits(),
        tuning.pruning(),
        values,
        tuning.hash());
  }
}
