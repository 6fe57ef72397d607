package dev.keymerge.internal.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class BlockedBloomFilterTest {
  @Test
  void passesEveryHashThatWasAddedAndFewOthers() {
    for (int keys : new int[] {1, 63, 64, 1000, 100_000}) {
      long[] added = new SplittableRandom(keys).longs(keys).toArray();
      long[] absent = new SplittableRandom(-keys).longs(100_000).toArray();
      int[] selected = new int[100_000];
      try (BufferAllocator allocator = new RootAllocator();
          BlockedBloomFilter filter = BlockedBloomFilter.create(keys, allocator)) {
        for (long hash : added) {
          filter.add(hash);
        }
        assertThat(filter.select(added, keys, selected)).isEqualTo(keys);
        assertThat(IntStream.of(selected).limit(keys))
            .containsExactlyElementsOf(IntStream.range(0, keys).boxed().toList());
        assertThat(filter.select(absent, absent.length, selected)).isLessThan(3_000);
      }
    }
  }
}
