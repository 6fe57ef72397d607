package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.KeyMethod;
import dev.keymerge.internal.index.IndexSizes;
import dev.keymerge.internal.key.KeyShape;
import org.junit.jupiter.api.Test;

class KeyCostsTest {
  private static final long MILLION = 1_000_000;
  private static final long WORD_BYTES = 16;

  /** Half of so many keys in memory, and half on disk. */
  private static IndexSizes half(long keys, int loads) {
    return new IndexSizes(KeyShape.WORD, keys / 2, keys / 2, WORD_BYTES, loads, 0, true);
  }

  private static KeyMethod cheapest(IndexSizes sizes, long targetRows, double outOfPlace) {
    return new KeyCosts(sizes, targetRows, outOfPlace, Long.MAX_VALUE).cheapest();
  }

  @Test
  void oneMorePassIsWorthItWhereAllOfTheTargetWouldBeSetAside() {
    assertThat(cheapest(half(10 * MILLION, 1), 10 * MILLION, KeyCosts.NO_RANGES))
        .isEqualTo(KeyMethod.PASSES);
  }

  @Test
  void partitionsAreBestWhereTheFilterKeepsMostOfTheTargetFromTheDisk() {
    assertThat(cheapest(half(10 * MILLION, 1), 100 * MILLION, KeyCosts.NO_RANGES))
        .isEqualTo(KeyMethod.PARTITIONS);
  }

  @Test
  void manyPassesAreNeverWorthIt() {
    assertThat(cheapest(half(10 * MILLION, 4), 10 * MILLION, KeyCosts.NO_RANGES))
        .isEqualTo(KeyMethod.PARTITIONS);
  }

  @Test
  void aTargetInOrderIsGoneThroughInOrder() {
    assertThat(cheapest(half(10 * MILLION, 1), 100 * MILLION, 0)).isEqualTo(KeyMethod.SORTED);
    assertThat(cheapest(half(10 * MILLION, 4), 10 * MILLION, 0.1)).isEqualTo(KeyMethod.SORTED);
  }

  @Test
  void aTargetThatIsHardlyInOrderIsNot() {
    assertThat(cheapest(half(10 * MILLION, 9), 10 * MILLION, 0.5)).isEqualTo(KeyMethod.PARTITIONS);
  }

  @Test
  void passesNeedNoRoomOnDiskForTheTarget() {
    long setAsideBytes = 5 * MILLION * WORD_BYTES;
    long matchBytes = 10 * MILLION * 24;
    IndexSizes sizes = half(10 * MILLION, 9);

    assertThat(
            new KeyCosts(sizes, 10 * MILLION, KeyCosts.NO_RANGES, setAsideBytes + matchBytes)
                .cheapest())
        .isEqualTo(KeyMethod.PARTITIONS);
    assertThat(
            new KeyCosts(sizes, 10 * MILLION, KeyCosts.NO_RANGES, setAsideBytes / 2 + matchBytes)
                .cheapest())
        .isEqualTo(KeyMethod.PASSES);
  }

  @Test
  void goingInOrderNeedsRoomForWhatIsInMemoryToo() {
    IndexSizes sizes = half(10 * MILLION, 9);
    long residentBytes = 5 * MILLION * WORD_BYTES;
    long matchBytes = 10 * MILLION * 24;

    assertThat(new KeyCosts(sizes, 10 * MILLION, 0, residentBytes + matchBytes).cheapest())
        .isEqualTo(KeyMethod.SORTED);
    assertThat(new KeyCosts(sizes, 10 * MILLION, 0, residentBytes / 2 + matchBytes).cheapest())
        .isEqualTo(KeyMethod.PASSES);
  }

  @Test
  void keysThatFitInNoRoundMakePassesDear() {
    IndexSizes skewed =
        new IndexSizes(KeyShape.WORD, 5 * MILLION, 5 * MILLION, WORD_BYTES, 1, 5 * MILLION, true);

    assertThat(cheapest(skewed, 10 * MILLION, KeyCosts.NO_RANGES)).isEqualTo(KeyMethod.PARTITIONS);
  }

  @Test
  void anEmptyTargetCostsNothingByAnyMethod() {
    assertThat(cheapest(half(10 * MILLION, 9), 0, KeyCosts.NO_RANGES))
        .isEqualTo(KeyMethod.PARTITIONS);
  }
}
