package dev.keymerge.internal.parquet;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import io.airlift.compress.lz4.Lz4Compressor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.apache.parquet.format.CompressionCodec;
import org.jspecify.annotations.Nullable;
import org.xerial.snappy.Snappy;

/**
 * Makes the compressors and decompressors for every page codec that Keymerge knows.
 *
 * <p>Each product is for one thread and may hold native memory, which is charged when it is made.
 * Nothing goes through the codec framework of Hadoop.
 */
final class PageCodecs {
  private static final Set<CompressionCodec> READABLE =
      Set.of(
          CompressionCodec.UNCOMPRESSED,
          CompressionCodec.SNAPPY,
          CompressionCodec.GZIP,
          CompressionCodec.ZSTD,
          CompressionCodec.LZ4_RAW,
          CompressionCodec.LZ4);

  private static final long ZSTD_DECOMPRESSION_BYTES = 160 << 10;

  private PageCodecs() {}

  /** Returns whether pages of {@code codec} can be read. */
  static boolean readable(CompressionCodec codec) {
    return READABLE.contains(codec);
  }

  /**
   * Returns whether pages of {@code codec} can be written: all that can be read but the ambiguous
   * old framing of LZ4.
   */
  static boolean writable(CompressionCodec codec) {
    return readable(codec) && codec != CompressionCodec.LZ4;
  }

  /**
   * Returns a decompressor whose native memory is charged to {@code scratch}; the caller closes it.
   *
   * @throws MalformedParquetException if the codec is not supported
   */
  static PageDecompressor decompressor(CompressionCodec codec, ScratchArrays scratch) {
    switch (codec) {
      case UNCOMPRESSED:
        return new Copy();
      case SNAPPY:
        return new SnappyExpansion();
      case GZIP:
        return new GzipPages.Expansion();
      case ZSTD:
        scratch.chargeNative(ZSTD_DECOMPRESSION_BYTES);
        return new ZstdExpansion();
      case LZ4_RAW:
        return new Lz4Pages.RawExpansion();
      case LZ4:
        return new Lz4Pages.OldExpansion();
      default:
        throw new MalformedParquetException("compression codec " + codec + " is not supported");
    }
  }

  /**
   * Returns a compressor of the level that suits merging: speed before size; the caller closes it.
   *
   * @throws IllegalArgumentException if the codec is not {@linkplain #writable writable}
   */
  static PageCompressor compressor(CompressionCodec codec, ScratchArrays scratch) {
    return compressor(codec, codec == CompressionCodec.ZSTD ? 1 : 6, scratch);
  }

  /**
   * Returns a compressor whose native memory is charged to {@code scratch}; the caller closes it.
   *
   * @param level the codec's own number; ignored by codecs that have no levels
   * @throws IllegalArgumentException if the codec is not {@linkplain #writable writable}
   */
  static PageCompressor compressor(CompressionCodec codec, int level, ScratchArrays scratch) {
    switch (codec) {
      case UNCOMPRESSED:
        return new Verbatim();
      case SNAPPY:
        return new SnappyCompression();
      case GZIP:
        return new GzipPages.Compression(level);
      case ZSTD:
        scratch.chargeNative(zstdCompressionBytes(level));
        return new ZstdCompression(level);
      case LZ4_RAW:
        return new Lz4Pages.RawCompression(new Lz4Compressor());
      default:
        throw new IllegalArgumentException("Cannot write pages of codec " + codec);
    }
  }

  /** Returns about what the native library takes for pages around one mebibyte. */
  private static long zstdCompressionBytes(int level) {
    if (level <= 2) {
      return 1L << 20;
    }
    if (level <= 5) {
      return 4L << 20;
    }
    return level <= 12 ? 16L << 20 : 96L << 20;
  }

  /**
   * Throws if {@code codec} cannot expand {@code compressed} bytes to as many as {@code claimed},
   * so that a damaged header does not ask for memory that no page of it can need.
   */
  static void checkClaim(CompressionCodec codec, int compressed, int claimed) {
    // What the formats can reach at most, rounded up; Zstandard names lengths of whole blocks.
    long factor =
        switch (codec) {
          case UNCOMPRESSED -> 1;
          case SNAPPY -> 32;
          case LZ4, LZ4_RAW -> 256;
          case GZIP -> 1040;
          default -> 40_000;
        };
    if (claimed > (compressed + 64L) * factor) {
      throw new MalformedParquetException(
          "a page of " + compressed + " bytes cannot expand to " + claimed);
    }
  }

  /** Throws unless a page of {@code expected} bytes expanded to exactly that. */
  static void checkLength(long actual, int expected) {
    if (actual != expected) {
      throw new MalformedParquetException(
          "a page expands to " + actual + " bytes where its header says " + expected);
    }
  }

  private static final class Copy implements PageDecompressor {
    @Override
    public void decompress(
        byte[] input, int offset, int length, byte[] output, int outputOffset, int outputLength) {
      checkLength(length, outputLength);
      System.arraycopy(input, offset, output, outputOffset, length);
    }

    @Override
    public void close() {}
  }

  private static final class Verbatim implements PageCompressor {
    @Override
    public CompressionCodec codec() {
      return CompressionCodec.UNCOMPRESSED;
    }

    @Override
    public int maxCompressedLength(int length) {
      return length;
    }

    @Override
    public int compress(byte[] input, int offset, int length, byte[] output, int outputOffset) {
      System.arraycopy(input, offset, output, outputOffset, length);
      return length;
    }

    @Override
    public void close() {}
  }

  private static final class SnappyExpansion implements PageDecompressor {
    @Override
    public void decompress(
        byte[] input, int offset, int length, byte[] output, int outputOffset, int outputLength) {
      try {
        // The native code writes as much as the input declares, so the declaration is checked
        // first.
        checkLength(Snappy.uncompressedLength(input, offset, length), outputLength);
        checkLength(Snappy.uncompress(input, offset, length, output, outputOffset), outputLength);
      } catch (IOException e) {
        throw MalformedParquetException.of("a Snappy page is damaged", e);
      }
    }

    @Override
    public void close() {}
  }

  private static final class SnappyCompression implements PageCompressor {
    @Override
    public CompressionCodec codec() {
      return CompressionCodec.SNAPPY;
    }

    @Override
    public int maxCompressedLength(int length) {
      return Snappy.maxCompressedLength(length);
    }

    @Override
    public int compress(byte[] input, int offset, int length, byte[] output, int outputOffset) {
      try {
        return Snappy.compress(input, offset, length, output, outputOffset);
      } catch (IOException e) {
        throw new UncheckedIOException("Snappy cannot compress " + length + " bytes", e);
      }
    }

    @Override
    public void close() {}
  }

  private static final class ZstdExpansion implements PageDecompressor {
    private @Nullable ZstdDecompressCtx context = new ZstdDecompressCtx();

    @Override
    public void decompress(
        byte[] input, int offset, int length, byte[] output, int outputOffset, int outputLength) {
      ZstdDecompressCtx open = context;
      if (open == null) {
        throw new IllegalStateException("The decompressor is closed");
      }
      int written;
      try {
        written =
            open.decompressByteArray(output, outputOffset, outputLength, input, offset, length);
      } catch (RuntimeException e) {
        throw MalformedParquetException.of("a Zstandard page is damaged", e);
      }
      checkLength(written, outputLength);
    }

    @Override
    public void close() {
      if (context != null) {
        context.close();
        context = null;
      }
    }
  }

  private static final class ZstdCompression implements PageCompressor {
    private @Nullable ZstdCompressCtx context;

    ZstdCompression(int level) {
      this.context = new ZstdCompressCtx().setLevel(level);
    }

    @Override
    public CompressionCodec codec() {
      return CompressionCodec.ZSTD;
    }

    @Override
    public int maxCompressedLength(int length) {
      return Math.toIntExact(Zstd.compressBound(length));
    }

    @Override
    public int compress(byte[] input, int offset, int length, byte[] output, int outputOffset) {
      ZstdCompressCtx open = context;
      if (open == null) {
        throw new IllegalStateException("The compressor is closed");
      }
      return open.compressByteArray(
          output, outputOffset, output.length - outputOffset, input, offset, length);
    }

    @Override
    public void close() {
      if (context != null) {
        context.close();
        context = null;
      }
    }
  }
}
