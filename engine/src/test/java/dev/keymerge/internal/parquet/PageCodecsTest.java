package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keymerge.internal.memory.MemoryBudget;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.parquet.format.CompressionCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PageCodecsTest {
  private static final int[] LENGTHS = {0, 1, 7, 1000, 200_000};
  private final MemoryBudget budget = new MemoryBudget(200 << 20);

  @AfterEach
  void allMemoryHasBeenGivenBack() {
    assertThat(budget.usedBytes()).isZero();
  }

  private static Stream<CompressionCodec> writableCodecs() {
    return Stream.of(CompressionCodec.values()).filter(PageCodecs::writable);
  }

  @Test
  void fiveCodecsCanBeWritten() {
    assertThat(writableCodecs())
        .containsExactlyInAnyOrder(
            CompressionCodec.UNCOMPRESSED,
            CompressionCodec.SNAPPY,
            CompressionCodec.GZIP,
            CompressionCodec.ZSTD,
            CompressionCodec.LZ4_RAW);
  }

  @ParameterizedTest
  @MethodSource("writableCodecs")
  void expandsWhatItCompressedAndNothingElse(CompressionCodec codec) {
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test");
        PageCompressor compressor = PageCodecs.compressor(codec, scratch);
        PageDecompressor decompressor = PageCodecs.decompressor(codec, scratch)) {
      assertThat(compressor.codec()).isEqualTo(codec);
      for (int length : LENGTHS) {
        for (int distinct : new int[] {1, 5, 256}) {
          byte[] input = sample(length, distinct);
          byte[] compressed = compress(compressor, input);
          assertThat(compress(compressor, input)).isEqualTo(compressed);
          byte[] output = new byte[length + 5];
          decompressor.decompress(compressed, 0, compressed.length, output, 3, length);
          assertThat(Arrays.copyOfRange(output, 3, 3 + length)).isEqualTo(input);
          assertThat(output[0]).isZero();
          assertThat(output[length + 4]).isZero();
          refuses(decompressor, compressed, length + 1);
          if (length > 0) {
            refuses(decompressor, compressed, length - 1);
            refuses(decompressor, Arrays.copyOf(compressed, compressed.length / 2), length);
          }
        }
      }
    }
  }

  private static void refuses(PageDecompressor decompressor, byte[] input, int length) {
    assertThatExceptionOfType(MalformedParquetException.class)
        .isThrownBy(
            () -> decompressor.decompress(input, 0, input.length, new byte[length + 9], 0, length));
  }

  @Test
  void concatenatedGzipMembersAreOnePage() {
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test");
        PageCompressor compressor = PageCodecs.compressor(CompressionCodec.GZIP, scratch);
        PageDecompressor decompressor = PageCodecs.decompressor(CompressionCodec.GZIP, scratch)) {
      byte[] first = sample(100, 3);
      byte[] second = sample(50, 9);
      byte[] page =
          HandWrittenChunk.join(compress(compressor, first), compress(compressor, second));
      byte[] output = new byte[150];
      decompressor.decompress(page, 0, page.length, output, 0, 150);
      assertThat(output).isEqualTo(HandWrittenChunk.join(first, second));
    }
  }

  @Test
  void headersThatClaimMoreThanACodecCanExpandToAreRefusedBeforeMemoryIsTaken() {
    PageCodecs.checkClaim(CompressionCodec.GZIP, 1000, 1_000_000);
    assertThatExceptionOfType(MalformedParquetException.class)
        .isThrownBy(() -> PageCodecs.checkClaim(CompressionCodec.SNAPPY, 1000, 1_000_000));
  }

  @Test
  void codecsThatAreNotKnownAreNamed() {
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test")) {
      assertThatExceptionOfType(MalformedParquetException.class)
          .isThrownBy(() -> PageCodecs.decompressor(CompressionCodec.BROTLI, scratch))
          .withMessageContaining("BROTLI");
    }
  }

  private static byte[] compress(PageCompressor compressor, byte[] input) {
    byte[] room = new byte[2 + compressor.maxCompressedLength(input.length)];
    int length = compressor.compress(input, 0, input.length, room, 2);
    return Arrays.copyOfRange(room, 2, 2 + length);
  }

  private static byte[] sample(int length, int distinct) {
    Random random = new Random(31L * length + distinct);
    byte[] bytes = new byte[length];
    for (int index = 0; index < length; index++) {
      bytes[index] = (byte) random.nextInt(distinct);
    }
    return bytes;
  }
}
