package dev.keymerge.internal.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class WordRangesTest {
  @Test
  void coversEveryWord() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int shift = random.nextInt(Long.SIZE);
      long[] words = random.longs(1 + random.nextInt(500)).map(word -> word >> shift).toArray();
      WordRanges ranges = new WordRanges(1 + random.nextInt(20));
      LongStream.of(words).forEach(ranges::add);
      ranges.shrink();
      for (long word : words) {
        assertThat(ranges.overlaps(word, word)).isTrue();
        assertThat(ranges.overlaps(Long.MIN_VALUE, word)).isTrue();
        assertThat(ranges.overlaps(word, Long.MAX_VALUE)).isTrue();
      }
      long min = LongStream.of(words).min().orElseThrow();
      long max = LongStream.of(words).max().orElseThrow();
      assertThat(min > Long.MIN_VALUE && ranges.overlaps(Long.MIN_VALUE, min - 1)).isFalse();
      assertThat(max < Long.MAX_VALUE && ranges.overlaps(max + 1, Long.MAX_VALUE)).isFalse();
    }
  }

  @Test
  void leavesOutTheWidestGaps() {
    WordRanges ranges = new WordRanges(4);
    Random random = new Random(3);
    for (int word = 0; word < 2000; word++) {
      ranges.add(random.nextInt(4) * 1_000_000L + random.nextInt(1000));
    }
    ranges.shrink();
    for (long cluster = 0; cluster < 3; cluster++) {
      long start = cluster * 1_000_000;
      assertThat(ranges.overlaps(start + 1000, start + 999_999)).isFalse();
    }
  }

  @Test
  void reachesFromTheLeastToTheGreatestWord() {
    WordRanges ranges = new WordRanges(1);
    ranges.add(Long.MAX_VALUE);
    ranges.add(Long.MIN_VALUE);
    ranges.add(0);
    ranges.shrink();
    assertThat(ranges.overlaps(5, 5)).isTrue();
  }

  @Test
  void coversNothingBeforeAWordCame() {
    assertThat(new WordRanges(3).overlaps(Long.MIN_VALUE, Long.MAX_VALUE)).isFalse();
  }
}
