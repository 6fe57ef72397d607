package dev.keymerge.internal.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class SeededKeyHashTest {
  private static final int KEYS = 64_000;

  private final KeyHash hash = new SeededKeyHash(11);

  @Test
  void spreadsRegularNumbersOverAllBitsThatAreUsed() {
    LongUnaryOperator[] patterns = {
      number -> number, number -> number << 32, number -> number * 4096, number -> -number << 50
    };
    for (LongUnaryOperator pattern : patterns) {
      long[] numbers = LongStream.range(0, KEYS).map(pattern).distinct().toArray();
      long[] hashes = new long[numbers.length];
      hash.words(numbers, new int[numbers.length], numbers.length, hashes);
      assertSpread(hashes);
    }
  }

  @Test
  void spreadsPairsThatDifferInOneWord() {
    long[] numbers = LongStream.range(0, KEYS).toArray();
    long[] same = new long[KEYS];
    long[] hashes = new long[KEYS];
    hash.pairs(numbers, same, new int[KEYS], KEYS, hashes);
    assertSpread(hashes);
    hash.pairs(same, numbers, new int[KEYS], KEYS, hashes);
    assertSpread(hashes);
  }

  @Test
  void spreadsTextsOfEveryLength() {
    for (int length : new int[] {5, 7, 8, 9, 15, 16, 17, 24, 33, 70}) {
      byte[][] texts = new byte[KEYS][];
      for (int key = 0; key < KEYS; key++) {
        String digits = Integer.toString(key + 100_000, 36);
        texts[key] =
            (digits + "k".repeat(length)).substring(0, length).getBytes(StandardCharsets.US_ASCII);
      }
      assertSpread(hashBytes(0, texts));
    }
  }

  @Test
  void dependsOnTheBytesAloneAndNotOnWhereTheyLie() {
    for (int length = 0; length < 80; length++) {
      byte[] bytes = new byte[length];
      Arrays.fill(bytes, (byte) length);
      assertThat(hashBytes(3, bytes)).isEqualTo(hashBytes(0, bytes));
      for (int changed = 0; changed < length; changed++) {
        byte[] other = bytes.clone();
        other[changed]++;
        assertThat(hashBytes(0, other)).isNotEqualTo(hashBytes(0, bytes));
      }
    }
  }

  @Test
  void tellsNullsAndSeedsApart() {
    long[] plain = new long[1];
    long[] withNull = new long[1];
    long[] otherSeed = new long[1];
    hash.words(new long[1], new int[] {0}, 1, plain);
    hash.words(new long[1], new int[] {1}, 1, withNull);
    new SeededKeyHash(12).words(new long[1], new int[] {0}, 1, otherSeed);
    assertThat(withNull).isNotEqualTo(plain);
    assertThat(otherSeed).isNotEqualTo(plain);
  }

  private long[] hashBytes(int offset, byte[]... keys) {
    int[] starts = new int[keys.length];
    int[] lengths = new int[keys.length];
    int end = offset;
    for (int key = 0; key < keys.length; key++) {
      starts[key] = end;
      lengths[key] = keys[key].length;
      end += lengths[key];
    }
    long[] hashes = new long[keys.length];
    try (BufferAllocator allocator = new RootAllocator();
        ArrowBuf data = allocator.buffer(end + 1)) {
      for (int key = 0; key < keys.length; key++) {
        data.setBytes(starts[key], keys[key]);
      }
      KeyHash.ByteRanges ranges = new KeyHash.ByteRanges(starts, lengths);
      hash.bytes(data, ranges, new int[keys.length], keys.length, hashes);
    }
    return hashes;
  }

  /**
   * Checks that no value of any six bits next to each other is much more frequent than the others.
   */
  private static void assertSpread(long[] hashes) {
    assertThat(Arrays.stream(hashes).distinct().count()).isEqualTo(hashes.length);
    for (int shift = 0; shift <= Long.SIZE - 6; shift++) {
      int[] counts = new int[64];
      for (long value : hashes) {
        counts[(int) (value >>> shift) & 63]++;
      }
      int fair = hashes.length / 64;
      // Ten standard deviations.
      int slack = (int) (10 * Math.sqrt(fair));
      assertThat(IntStream.of(counts)).allMatch(count -> Math.abs(count - fair) < slack + 1);
    }
  }
}
