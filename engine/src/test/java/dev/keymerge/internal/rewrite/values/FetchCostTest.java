package dev.keymerge.internal.rewrite.values;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.plan.ArrayMatches;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.LocalStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FetchCostTest {
  private static final int ROWS = 200_000;
  private static final long PIECE_BYTES = 2 << 20;

  @Test
  void longValuesOfASourceInAnotherOrderAreBetterScattered() throws IOException {
    long scattered = FetchCost.scatterRows(ROWS, ROWS);

    // 43,690 short values to a piece make five pieces, each of which needs all of 25 pages.
    assertThat(cost(0, shuffled())).isEqualTo(5L * 25 * 8192).isGreaterThan(scattered);
    // 1,481 values of 1,400 bytes make 136 pieces, each of which needs most of as many pages.
    assertThat(cost(1400, shuffled())).isGreaterThan(10 * scattered);
  }

  @Test
  void longValuesOfASourceInTheSameOrderAreBetterFetched() throws IOException {
    int[] inOrder = IntStream.range(0, ROWS).toArray();

    assertThat(cost(1400, inOrder)).isLessThan(FetchCost.scatterRows(ROWS, ROWS) / 2);
  }

  private static long cost(long valueBytes, int[] order) throws IOException {
    int[] positions = IntStream.range(0, ROWS).toArray();
    long[] sourceRows = Arrays.stream(order).asLongStream().toArray();
    RowGroupPlan rowGroup = new RowGroupPlan(0, ROWS, new ArrayMatches(positions, sourceRows));
    FilePlan plan =
        new FilePlan(
            new FileStatus(new LocalStorage().resolve("/file"), false, 0, 0, "", 0),
            List.of(rowGroup));
    FetchCost cost = new FetchCost(ROWS, PIECE_BYTES, valueBytes);
    cost.add(plan);
    return cost.directRows();
  }

  private static int[] shuffled() {
    List<Integer> numbers = new ArrayList<>(IntStream.range(0, ROWS).boxed().toList());
    Collections.shuffle(numbers, new Random(3));
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }
}
