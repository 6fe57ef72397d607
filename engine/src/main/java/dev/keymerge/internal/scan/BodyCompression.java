package dev.keymerge.internal.scan;

import com.github.luben.zstd.Zstd;
import dev.keymerge.MergeException;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;

/**
 * Expands the compressed bodies of Arrow messages: those of Zstandard; others are refused by name.
 * Thread-safe.
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
        case ZSTD -> new ZstandardCodec();
        case LZ4_FRAME ->
            throw new MergeException.BadData(
                "The batches of the source are compressed with LZ4, which is not read",
                "Write the source uncompressed or with Zstandard (zstd), or as Parquet.");
      };
    }

    @Override
    public CompressionCodec createCodec(CodecType type, int level) {
      return createCodec(type);
    }
  }

  /** Expands buffers that begin with their expanded length in 8 bytes. */
  private static final class ZstandardCodec extends AbstractCompressionCodec {
    @Override
    protected ArrowBuf doDecompress(BufferAllocator allocator, ArrowBuf compressed) {
      long prefix = CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH;
      long length = readUncompressedLength(compressed);
      ArrowBuf expanded = allocator.buffer(length);
      long got =
          Zstd.decompressUnsafe(
              expanded.memoryAddress(),
              length,
              compressed.memoryAddress() + prefix,
              compressed.writerIndex() - prefix);
      if (Zstd.isError(got) || got != length) {
        expanded.close();
        throw new IllegalStateException(
            "a buffer that should expand to "
                + length
                + " bytes does not: "
                + (Zstd.isError(got) ? Zstd.getErrorName(got) : "it has " + got));
      }
      expanded.writerIndex(length);
      return expanded;
    }

    @Override
    protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf uncompressed) {
      throw new UnsupportedOperationException("Sources are only read");
    }

    @Override
    public CodecType getCodecType() {
      return CodecType.ZSTD;
    }
  }
}
