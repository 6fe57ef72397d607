package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.parquet.format.CompressionCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExpandedPageTest {
  private static final int WINDOW = 1000;
  private static final int LONGER_THAN_USUAL = 500_000;
  private static final int DAMAGED_PAGES = 2000;
  private final MemoryBudget budget = new MemoryBudget(32 << 20);

  @AfterEach
  void allMemoryHasBeenGivenBack() {
    assertThat(budget.usedBytes()).isZero();
  }

  private static Stream<CompressionCodec> codecs() {
    return Stream.of(CompressionCodec.values())
        .filter(codec -> PageCodecs.writable(codec) && ExpandedPage.supports(codec));
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void expandsPieceByPieceWhatWasCompressedAtOnce(CompressionCodec codec) throws IOException {
    Random random = new Random(codec.getValue());
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test")) {
      for (int length : new int[] {0, 1, 7, 1000, 65_536, 300_001}) {
        for (int distinct : new int[] {1, 3, 256}) {
          byte[] input = sample(length, distinct, random);
          byte[] compressed = compress(codec, input, scratch);
          int skipped = random.nextInt(length + 1);
          assertThat(read(page(compressed, codec, length, scratch), skipped, random))
              .isEqualTo(Arrays.copyOfRange(input, skipped, length));
          refuses(page(compressed, codec, length + 1, scratch), random);
          if (length > 0) {
            refuses(page(compressed, codec, length - 1, scratch), random);
            byte[] half = Arrays.copyOf(compressed, compressed.length / 2);
            refuses(page(half, codec, length, scratch), random);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void damagedBytesEndInAnExceptionAtWorst(CompressionCodec codec) throws IOException {
    Random random = new Random(7);
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test")) {
      byte[] sound = compress(codec, sample(3000, 5, random), scratch);
      Assertions.assertTimeoutPreemptively(
          Duration.ofMinutes(1),
          () -> {
            for (int time = 0; time < DAMAGED_PAGES; time++) {
              byte[] damaged = sound.clone();
              for (int change = 0; change <= time % 3; change++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
              }
              try {
                read(page(damaged, codec, 3000, scratch), 0, random);
              } catch (MalformedParquetException | MergeException e) {
                assertThat(e.getMessage()).isNotEmpty();
              }
            }
          });
    }
  }

  @Test
  void copiesOfWhatCameLongBeforeAreFoundAgain() throws IOException {
    Random random = new Random(3);
    byte[] start = sample(LONGER_THAN_USUAL, 256, random);
    byte[] block = block(start, LONGER_THAN_USUAL - 5);
    byte[] expected = Arrays.copyOf(start, LONGER_THAN_USUAL + 64);
    System.arraycopy(start, 5, expected, LONGER_THAN_USUAL, 64);
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test")) {
      CompressionCodec codec = CompressionCodec.SNAPPY;
      assertThat(read(page(block, codec, expected.length, scratch), 0, random)).isEqualTo(expected);
      byte[] tooFar = block(start, LONGER_THAN_USUAL + 1);
      assertThatExceptionOfType(MalformedParquetException.class)
          .isThrownBy(() -> read(page(tooFar, codec, expected.length, scratch), 0, random))
          .withMessageContaining("bytes before");
    }
  }

  /**
   * Returns a Snappy block of one literal and a copy of 64 bytes from {@code back} bytes before.
   */
  private static byte[] block(byte[] literal, int back) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    int left = literal.length + 64;
    while (left > 0x7F) {
      block.write(left & 0x7F | 0x80);
      left >>>= 7;
    }
    block.write(left);
    block.write(62 << 2);
    for (int shift = 0; shift < 24; shift += 8) {
      block.write(literal.length - 1 >>> shift);
    }
    block.writeBytes(literal);
    block.write(63 << 2 | 3);
    for (int shift = 0; shift < 32; shift += 8) {
      block.write(back >>> shift);
    }
    return block.toByteArray();
  }

  private static byte[] sample(int length, int distinct, Random random) {
    byte[] bytes = new byte[length];
    for (int index = 0; index < length; index++) {
      boolean again = index > 20 && random.nextInt(10) > 0;
      bytes[index] = again ? bytes[index - 17] : (byte) random.nextInt(distinct);
    }
    return bytes;
  }

  private static byte[] compress(CompressionCodec codec, byte[] input, ScratchArrays scratch) {
    try (PageCompressor compressor = PageCodecs.compressor(codec, scratch)) {
      byte[] output = new byte[compressor.maxCompressedLength(input.length)];
      return Arrays.copyOf(output, compressor.compress(input, 0, input.length, output, 0));
    }
  }

  private static ExpandedPage page(
      byte[] compressed, CompressionCodec codec, int length, ScratchArrays scratch) {
    byte[] file = new byte[compressed.length + 20];
    System.arraycopy(compressed, 0, file, 10, compressed.length);
    return new ExpandedPage(
        new ExpandedPage.Stored(new HandWrittenChunk.Bytes(file), 10, compressed.length),
        codec,
        length,
        WINDOW,
        scratch);
  }

  private static byte[] read(ExpandedPage page, int skipped, Random random) throws IOException {
    ByteArrayOutputStream found = new ByteArrayOutputStream();
    try (PageStream stream = page.open(skipped)) {
      while (stream.remaining() > 0) {
        int count = (int) Math.min(stream.remaining(), 1 + random.nextInt(3 * WINDOW));
        stream.require(count);
        found.write(stream.window(), stream.offset(), count);
        stream.pass(count);
      }
      stream.finish();
      assertThat(stream.position()).isEqualTo(page.length());
    }
    return found.toByteArray();
  }

  private static void refuses(ExpandedPage page, Random random) {
    assertThatExceptionOfType(MalformedParquetException.class)
        .isThrownBy(() -> read(page, 0, random));
  }
}
