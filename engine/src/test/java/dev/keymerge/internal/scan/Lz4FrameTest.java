package dev.keymerge.internal.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.airlift.compress.lz4.Lz4Compressor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Lz4FrameTest {
  private static final byte[] HEADER = {0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, (byte) 0x82};
  private static final byte[] HEADER_WITH_ALL = {0x04, 0x22, 0x4D, 0x18, 0x7C, 0x40};

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everythingIsGivenBack() {
    allocator.close();
  }

  private byte[] expand(byte[] frame, int length) {
    try (ArrowBuf source = allocator.buffer(frame.length + 8);
        ArrowBuf target = allocator.buffer(Math.max(1, length))) {
      source.setBytes(8, frame);
      Lz4Frame.expand(source, 8, 8 + frame.length, target, length);
      byte[] expanded = new byte[length];
      target.getBytes(0, expanded);
      return expanded;
    }
  }

  private static byte[] block(byte[] content) {
    Lz4Compressor compressor = new Lz4Compressor();
    byte[] compressed = new byte[compressor.maxCompressedLength(content.length)];
    int length = compressor.compress(content, 0, content.length, compressed, 0, compressed.length);
    return Arrays.copyOf(compressed, length);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  @Test
  void expandsBlocksCompressedAndPlain() {
    Random random = new Random(3);
    for (int length : new int[] {1, 15, 16, 300, 70_000}) {
      byte[] first = new byte[length];
      for (int i = 0; i < length; i++) {
        first[i] = (byte) ("abcab".charAt(random.nextInt(5)) + i / 1000);
      }
      byte[] second = new byte[17];
      random.nextBytes(second);
      byte[] compressed = block(first);
      byte[] frame =
          join(
              HEADER,
              number(compressed.length),
              compressed,
              number(second.length | 0x8000_0000),
              second,
              number(0));
      assertThat(expand(frame, length + 17)).isEqualTo(join(first, second));
    }
  }

  @Test
  void skipsSizesAndChecksums() {
    byte[] content = "a text, a text, a text, a text".getBytes(StandardCharsets.UTF_8);
    byte[] compressed = block(content);
    byte[] frame =
        join(
            HEADER_WITH_ALL,
            ByteBuffer.allocate(8).putLong(content.length).array(),
            new byte[1],
            number(compressed.length),
            compressed,
            number(12345),
            number(0),
            number(54321));
    assertThat(expand(frame, content.length)).isEqualTo(content);
  }

  @Test
  void followsMatchesIntoEarlierBlocks() {
    // "abcdefgh" plain, then: no literals, a match of 8 that begins 8 back, then 1 literal.
    byte[] linked = HexFormat.of().parseHex("0408001078");
    byte[] frame =
        join(
            HEADER,
            number(8 | 0x8000_0000),
            "abcdefgh".getBytes(StandardCharsets.US_ASCII),
            number(linked.length),
            linked,
            number(0));
    assertThat(new String(expand(frame, 17), StandardCharsets.US_ASCII))
        .isEqualTo("abcdefghabcdefghx");
  }

  @Test
  void refusesEveryDamageOrStaysWithinItsBounds() {
    byte[] content = "a text, a text, a text, and another text".getBytes(StandardCharsets.UTF_8);
    byte[] compressed = block(content);
    byte[] frame = join(HEADER, number(compressed.length), compressed, number(0));
    for (int cut = 0; cut < frame.length; cut++) {
      byte[] shorter = Arrays.copyOf(frame, cut);
      assertThatThrownBy(() -> expand(shorter, content.length))
          .isInstanceOf(RuntimeException.class);
    }
    Random random = new Random(5);
    for (int round = 0; round < 2000; round++) {
      byte[] damaged = frame.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      try {
        assertThat(expand(damaged, content.length)).hasSize(content.length);
      } catch (IllegalStateException | IndexOutOfBoundsException expected) {
        assertThat(expected).hasMessageMatching("(?s).+");
      }
    }
  }

  @Test
  void refusesAFrameOfAnotherLength() {
    byte[] compressed = block(new byte[100]);
    byte[] frame = join(HEADER, number(compressed.length), compressed, number(0));
    assertThat(expand(frame, 100)).isEqualTo(new byte[100]);
    assertThatThrownBy(() -> expand(frame, 99)).hasMessageContaining("more than 99 bytes");
    assertThatThrownBy(() -> expand(frame, 101)).hasMessageContaining("100 bytes instead of 101");
  }
}
