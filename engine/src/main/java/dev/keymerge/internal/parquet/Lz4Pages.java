package dev.keymerge.internal.parquet;

import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.parquet.format.CompressionCodec;

/**
 * Compresses and expands LZ4 pages.
 *
 * <p>LZ4_RAW is one block per page. The older name LZ4 stands for two things: blocks framed the way
 * Hadoop does (big-endian length of the content, then big-endian length and bytes of each block),
 * or, from some writers, one bare block.
 */
final class Lz4Pages {
  private static final VarHandle BIG_ENDIAN_INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private Lz4Pages() {}

  /** Expands a page that is one bare block. */
  static final class RawExpansion implements PageDecompressor {
    private final Lz4Decompressor block = new Lz4Decompressor();

    @Override
    public void decompress(
        byte[] input, int offset, int length, byte[] output, int outputOffset, int outputLength) {
      PageCodecs.checkLength(
          expand(block, input, offset, length, output, outputOffset, outputLength), outputLength);
    }

    @Override
    public void close() {}
  }

  /** Expands a page of either meaning of the older name: framed if the frames fit, else bare. */
  static final class OldExpansion implements PageDecompressor {
    private final Lz4Decompressor block = new Lz4Decompressor();

    @Override
    public void decompress(
        byte[] input, int offset, int length, byte[] output, int outputOffset, int outputLength) {
      if (!expandFrames(input, offset, length, output, outputOffset, outputLength)) {
        PageCodecs.checkLength(
            expand(block, input, offset, length, output, outputOffset, outputLength), outputLength);
      }
    }

    private boolean expandFrames(
        byte[] input, int offset, int length, byte[] output, int outputOffset, int outputLength) {
      int from = offset;
      int end = offset + length;
      int to = outputOffset;
      int outputEnd = outputOffset + outputLength;
      while (end - from >= Integer.BYTES) {
        int frameLength = (int) BIG_ENDIAN_INT.get(input, from);
        from += Integer.BYTES;
        if (frameLength < 0 || frameLength > outputEnd - to) {
          return false;
        }
        int frameEnd = to + frameLength;
        while (to < frameEnd) {
          if (end - from < Integer.BYTES) {
            return false;
          }
          int blockLength = (int) BIG_ENDIAN_INT.get(input, from);
          from += Integer.BYTES;
          if (blockLength <= 0 || blockLength > end - from) {
            return false;
          }
          int written;
          try {
            written = expand(block, input, from, blockLength, output, to, frameEnd - to);
          } catch (MalformedParquetException e) {
            return false;
          }
          if (written == 0) {
            return false;
          }
          from += blockLength;
          to += written;
        }
      }
      return from == end && to == outputEnd;
    }

    @Override
    public void close() {}
  }

  /** Compresses a page to one bare block. */
  static final class RawCompression implements PageCompressor {
    private final Lz4Compressor block;

    RawCompression(Lz4Compressor block) {
      this.block = block;
    }

    @Override
    public CompressionCodec codec() {
      return CompressionCodec.LZ4_RAW;
    }

    @Override
    public int maxCompressedLength(int length) {
      return block.maxCompressedLength(length);
    }

    @Override
    public int compress(byte[] input, int offset, int length, byte[] output, int outputOffset) {
      return block.compress(
          input, offset, length, output, outputOffset, output.length - outputOffset);
    }

    @Override
    public void close() {}
  }

  private static int expand(
      Lz4Decompressor block,
      byte[] input,
      int offset,
      int length,
      byte[] output,
      int outputOffset,
      int outputLength) {
    try {
      return block.decompress(input, offset, length, output, outputOffset, outputLength);
    } catch (RuntimeException e) {
      throw MalformedParquetException.of("an LZ4 page is damaged", e);
    }
  }
}
