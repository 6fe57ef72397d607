package dev.keymerge.internal.rewrite.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.plan.ArrayMatches;
import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValueScatterTest {
  private static final long SOURCE_ROWS = 400_000;
  private static final int LARGE_GROUP = 150_000;
  private static final long PIECE_BYTES = 1 << 20;
  private static final long SMALL_PIECE_BYTES = 16 << 10;

  @TempDir Path directory;

  private final Random random = new Random(11);

  @Test
  void everyMatchGetsTheValueOfItsSourceRow() throws Exception {
    List<FilePlan> plans = List.of(plan(LARGE_GROUP, 3), plan(1, 70_000, 5), plan(40_000));

    check(plans, 64 << 20);
  }

  @Test
  void littleMemoryMeansMoreBlocksAndPieces() throws Exception {
    check(List.of(plan(LARGE_GROUP, 10)), 6 << 20);
  }

  @Test
  void manySmallRowGroupsShareBuckets() throws Exception {
    List<FilePlan> plans = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      plans.add(plan(1 + random.nextInt(4)));
    }

    check(plans, 16 << 20);
  }

  @Test
  void withoutRoomOnDiskValuesAreFetchedDirectly() throws Exception {
    MemoryBudget budget = new MemoryBudget(64 << 20);
    try (BudgetedAllocator allocator = BudgetedAllocator.open(budget, "test");
        SpillStore spill = spill(allocator, budget, 10_000);
        ValueScatter scatter =
            new ValueScatter(means(spill, allocator, budget, PIECE_BYTES), List.of(plan(10_000)))) {
      scatter.route();
      assertThat(scatter.columns(1)).isEmpty();
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void bucketsThatAreMuchLargerThanAPieceAreSplit() throws Exception {
    List<FilePlan> plans = List.of(plan(LARGE_GROUP, 3), plan(30_000, 30_000));
    MemoryBudget budget = new MemoryBudget(32 << 20);
    try (BudgetedAllocator allocator = BudgetedAllocator.open(budget, "test");
        SpillStore spill = spill(allocator, budget, SpillPlace.NO_LIMIT);
        ValueScatter scatter =
            new ValueScatter(means(spill, allocator, budget, SMALL_PIECE_BYTES), plans)) {
      scatter(scatter);
      long scattered = spill.writtenBytes();
      long held = spill.heldBytes();

      check(scatter, plans, allocator, budget);

      // Row groups that share a bucket split no more of it than is theirs.
      assertThat(spill.writtenBytes()).isBetween(scattered + scattered / 3, 2 * scattered);
      assertThat(spill.heldBytes()).isEqualTo(held);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void bucketsAreReadPieceByPieceWhereThereIsNoRoomToSplitThem() throws Exception {
    List<FilePlan> plans = List.of(plan(20_000));
    Written unlimited = scatterAndCheck(plans, SpillPlace.NO_LIMIT);

    Written limited = scatterAndCheck(plans, unlimited.peakOfScatter());

    assertThat(limited.peakOfScatter()).isEqualTo(unlimited.peakOfScatter());
    assertThat(limited.all()).isLessThan(unlimited.all());
  }

  /**
   * Says what went to disk.
   *
   * @param peakOfScatter the most that stood there at once before values were read back
   * @param all everything that was ever written
   */
  private record Written(long peakOfScatter, long all) {}

  private Written scatterAndCheck(List<FilePlan> plans, long spillLimit) throws Exception {
    MemoryBudget budget = new MemoryBudget(32 << 20);
    try (BudgetedAllocator allocator = BudgetedAllocator.open(budget, "test");
        SpillStore spill = spill(allocator, budget, spillLimit);
        ValueScatter scatter =
            new ValueScatter(means(spill, allocator, budget, SMALL_PIECE_BYTES), plans)) {
      scatter(scatter);
      long peak = spill.peakBytes();
      check(scatter, plans, allocator, budget);
      return new Written(peak, spill.writtenBytes());
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }

  @Test
  void aCancelledSplitLeavesNothing() throws Exception {
    List<FilePlan> plans = List.of(plan(20_000));
    MemoryBudget budget = new MemoryBudget(32 << 20);
    AtomicLong checkpoints = new AtomicLong(Long.MAX_VALUE);
    Runnable checkpoint =
        () -> {
          if (checkpoints.decrementAndGet() == 0) {
            throw new CancellationException();
          }
        };
    try (BudgetedAllocator allocator = BudgetedAllocator.open(budget, "test");
        SpillStore spill = spill(allocator, budget, SpillPlace.NO_LIMIT);
        ValueScatter scatter =
            new ValueScatter(
                means(spill, allocator, budget, SMALL_PIECE_BYTES, checkpoint), plans)) {
      scatter(scatter);
      long held = spill.heldBytes();
      long used = budget.usedBytes();
      for (int last = 1; last <= 4; last++) {
        checkpoints.set(last);
        assertThatThrownBy(() -> check(scatter, plans, allocator, budget))
            .isInstanceOf(CancellationException.class);
        assertThat(spill.heldBytes()).isEqualTo(held);
        assertThat(budget.usedBytes()).isEqualTo(used);
      }
    }
    assertThat(budget.usedBytes()).isZero();
  }

  private void check(List<FilePlan> plans, long memoryBytes) throws Exception {
    MemoryBudget budget = new MemoryBudget(memoryBytes);
    try (BudgetedAllocator allocator = BudgetedAllocator.open(budget, "test");
        SpillStore spill = spill(allocator, budget, SpillPlace.NO_LIMIT);
        ValueScatter scatter =
            new ValueScatter(means(spill, allocator, budget, PIECE_BYTES), plans)) {
      scatter(scatter);
      check(scatter, plans, allocator, budget);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  private static void scatter(ValueScatter scatter) throws Exception {
    scatter.route();
    List<Callable<String>> pieces = scatter.columns(1);
    assertThat(pieces).hasSize(NumberedSource.COLUMNS.size());
    for (Callable<String> piece : pieces) {
      piece.call();
    }
  }

  private static void check(
      ValueScatter scatter, List<FilePlan> plans, BudgetedAllocator allocator, MemoryBudget budget)
      throws IOException {
    for (int file = 0; file < plans.size(); file++) {
      ValueFeed feed =
          scatter.feed(
              file,
              (target, plan, column) -> {
                throw new AssertionError(column + " was not scattered");
              });
      for (RowGroupPlan plan : plans.get(file).rowGroups()) {
        for (Field column : NumberedSource.COLUMNS) {
          check(feed, plan, column, allocator, budget);
        }
      }
    }
  }

  @SuppressWarnings("NullAway") // A scattered column never looks at the file.
  private static void check(
      ValueFeed feed,
      RowGroupPlan plan,
      Field column,
      BudgetedAllocator allocator,
      MemoryBudget budget)
      throws IOException {
    int seen = 0;
    try (MatchBlock block =
            MatchBlock.open(
                plan,
                MatchBlock.Selection.UPDATES_LEFT,
                new BitSet(),
                budget.open("matches of a block"));
        SourceValues values = feed.open(null, plan, column.getName());
        FieldVector expected = column.createVector(allocator)) {
      expected.setInitialCapacity(1);
      expected.allocateNew();
      while (block.next()) {
        int from = 0;
        while (from < block.size()) {
          int end = values.load(block, from);
          assertThat(end).isGreaterThan(from);
          for (int entry = from; entry < end; entry++) {
            NumberedSource.put(expected, 0, block.ordinals()[entry]);
            expected.setValueCount(1);
            Object actual = values.vector().getObject(values.slot(entry));
            if (!String.valueOf(expected.getObject(0)).equals(String.valueOf(actual))) {
              assertThat(actual)
                  .as("%s of source row %d", column, block.ordinals()[entry])
                  .hasToString(String.valueOf(expected.getObject(0)));
            }
            seen++;
          }
          from = end;
        }
      }
    }
    assertThat(seen).isEqualTo(plan.matches().size() - (plan.matches().size() + 9) / 10);
  }

  /** Makes a plan of row groups with so many matches each, every tenth of which is a deletion. */
  private FilePlan plan(int... sizes) {
    List<RowGroupPlan> rowGroups = new ArrayList<>();
    for (int group = 0; group < sizes.length; group++) {
      int[] positions = new int[sizes[group]];
      long[] sourceRows = new long[sizes[group]];
      for (int i = 0; i < positions.length; i++) {
        positions[i] = 2 * i;
        long ordinal = random.nextLong(SOURCE_ROWS);
        sourceRows[i] = i % 10 == 0 ? RowGroupPlan.deleteBy(ordinal) : ordinal;
      }
      rowGroups.add(
          new RowGroupPlan(
              2 * group, 2L * positions.length, new ArrayMatches(positions, sourceRows)));
    }
    StoragePath path = new LocalStorage().resolve(directory.toString()).resolve("file");
    return new FilePlan(new FileStatus(path, false, 0, 0, "", 0), rowGroups);
  }

  private SpillStore spill(BudgetedAllocator allocator, MemoryBudget budget, long limit) {
    StoragePath home = new LocalStorage().resolve(directory.toString());
    return new SpillStore(new SpillPlace(new LocalStorage(), () -> home, limit), allocator, budget);
  }

  private static ScatterMeans means(
      SpillStore spill, BudgetedAllocator allocator, MemoryBudget budget, long pieceBytes) {
    return means(spill, allocator, budget, pieceBytes, () -> {});
  }

  private static ScatterMeans means(
      SpillStore spill,
      BudgetedAllocator allocator,
      MemoryBudget budget,
      long pieceBytes,
      Runnable checkpoint) {
    List<String> names = NumberedSource.COLUMNS.stream().map(Field::getName).toList();
    MergeSchema schema =
        new MergeSchema(
            List.of(),
            NumberedSource.COLUMNS.stream()
                .map(column -> new ColumnAlignment(column.getName(), column))
                .toList(),
            names,
            names,
            null,
            null,
            null,
            Set.of(),
            null);
    return new ScatterMeans(
        new NumberedSource(SOURCE_ROWS),
        schema,
        spill,
        allocator,
        budget,
        1,
        pieceBytes,
        checkpoint);
  }
}
