package dev.keymerge.internal.spill;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Lays out a block: a checksum of all that follows, the number of bytes that follow the header, the
 * number of the stream, the number of the block in its stream, and the bytes.
 *
 * <p>The numbers are under the checksum, so that a block which is whole but stands in another one's
 * place is noticed too. Pure functions.
 */
final class SpillBlock {
  static final int HEADER_BYTES = 4 * Integer.BYTES;

  private SpillBlock() {}

  /** Writes the header into the first bytes of {@code block}, which stands at its beginning. */
  static void seal(ByteBuffer block, int stream, int number) {
    block.putInt(Integer.BYTES, block.remaining() - HEADER_BYTES);
    block.putInt(2 * Integer.BYTES, stream);
    block.putInt(3 * Integer.BYTES, number);
    block.putInt(0, checksum(block));
  }

  /** Returns whether {@code block}, which stands at its beginning, is what was sealed. */
  static boolean isWhole(ByteBuffer block, int stream, int number) {
    return block.getInt(0) == checksum(block)
        && block.getInt(Integer.BYTES) == block.remaining() - HEADER_BYTES
        && block.getInt(2 * Integer.BYTES) == stream
        && block.getInt(3 * Integer.BYTES) == number;
  }

  private static int checksum(ByteBuffer block) {
    CRC32C sum = new CRC32C();
    ByteBuffer checked = block.duplicate();
    checked.position(block.position() + Integer.BYTES);
    sum.update(checked);
    return (int) sum.getValue();
  }
}
