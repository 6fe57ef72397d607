package dev.keymerge.internal.scan;

import com.github.luben.zstd.Zstd;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;

/**
 * Expands the compressed bodies of Arrow messages, straight from one Arrow buffer into another.
 *
 * <p>Thread-safe.
 */
final class BodyCompression {
  /** Makes the codecs that Arrow readers ask for. */
  static final CompressionCodec.Factory FACTORY = new Codecs();

  private BodyCompression() {}

  private static final class Codecs implements CompressionCodec.Factory {
    @Override
    public CompressionCodec createCodec(CodecType type) {
      return switch (type) {
        case NO_COMPRESSION -> NoCompressionCodec.INSTANCE;
        case ZSTD, LZ4_FRAME -> new ExpandingCodec(type);
      };
    }

    @Override
    public CompressionCodec createCodec(CodecType type, int level) {
      return createCodec(type);
    }
  }

  /** Expands buffers that begin with their expanded length in 8 bytes. */
  private static final class ExpandingCodec extends AbstractCompressionCodec {
    private final CodecType type;

    private ExpandingCodec(CodecType type) {
      this.type = type;
    }

    @Override
    protected ArrowBuf doDecompress(BufferAllocator allocator, ArrowBuf compressed) {
      long length = readUncompressedLength(compressed);
      ArrowBuf expanded = allocator.buffer(length);
      boolean done = false;
      try {
        long start = CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH;
        if (type == CodecType.ZSTD) {
          expandZstandard(compressed, start, expanded, length);
        } else {
          Lz4Frame.expand(compressed, start, compressed.writerIndex(), expanded, length);
        }
        expanded.writerIndex(length);
        done = true;
        return expanded;
      } finally {
        if (!done) {
          expanded.close();
        }
      }
    }

    private static void expandZstandard(
        ArrowBuf compressed, long start, ArrowBuf expanded, long length) {
      long got =
          Zstd.decompressUnsafe(
              expanded.memoryAddress(),
              length,
              compressed.memoryAddress() + start,
              compressed.writerIndex() - start);
      if (Zstd.isError(got)) {
        throw new IllegalStateException("a Zstandard frame is broken: " + Zstd.getErrorName(got));
      }
      if (got != length) {
        throw new IllegalStateException(
            "a Zstandard frame expands to " + got + " bytes instead of " + length);
      }
    }

    @Override
    protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf uncompressed) {
      throw new UnsupportedOperationException("Sources are only read");
    }

    @Override
    public CodecType getCodecType() {
      return type;
    }
  }
}
