package dev.keymerge.internal.parquet;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.keymerge.internal.storage.StorageInput;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.format.CompressionCodec;

/**
 * Expands the bytes of a page from its file as often as asked, each time forward and a piece at a
 * time, so that a page may be larger than memory.
 *
 * <p>Owns nothing but what its streams hold; their users close them. Not thread-safe.
 */
final class ExpandedPage {
  private static final int GZIP_BUFFER = 32 << 10;

  /** What the codec's library allocates beside the past that it keeps, and our buffer before it. */
  private static final long ZSTD_BYTES = 512 << 10;

  private static final long ZSTD_HEAP_BYTES = 160 << 10;

  /** What other codecs hold: their input, and the past that they refer to. */
  private static final long OTHER_BYTES = 192 << 10;

  private static final int ZSTD_MAGIC = 0xFD2FB528;
  private static final int ZSTD_HEADER = 18;

  private final Stored stored;
  private final CompressionCodec codec;
  private final long length;
  private final ScratchArrays scratch;
  private final int windowBytes;

  /**
   * Creates the page.
   *
   * @param stored its bytes in the file
   * @param length how many bytes it expands to
   * @param windowBytes how many of them streams show at once
   */
  ExpandedPage(
      Stored stored, CompressionCodec codec, long length, int windowBytes, ScratchArrays scratch) {
    this.stored = stored;
    this.codec = codec;
    this.length = length;
    this.scratch = scratch;
    this.windowBytes = windowBytes;
  }

  /**
   * Says where bytes of a page stand.
   *
   * @param input the file; borrowed
   * @param position of the first byte
   * @param length how many they are
   */
  record Stored(StorageInput input, long position, long length) {
    /** Opens a stream of the bytes as they are. */
    InputStream open() {
      return new StoredBytes(input, position, length);
    }
  }

  /** Returns whether pages of {@code codec} can be expanded in this way. */
  static boolean supports(CompressionCodec codec) {
    // The older LZ4 has two meanings, which only the whole page tells apart.
    return codec != CompressionCodec.LZ4;
  }

  /** Returns how many bytes the page expands to. */
  long length() {
    return length;
  }

  /**
   * Opens a stream of the expanded bytes from {@code skipped} on; the caller closes it.
   *
   * @throws MalformedParquetException if they are damaged
   */
  PageStream open(long skipped) throws IOException {
    PageStream stream = new PageStream(expanded(), length, windowBytes, scratch);
    try {
      stream.skip(skipped);
      return stream;
    } catch (IOException | RuntimeException e) {
      stream.close();
      throw e;
    }
  }

  /** Returns about how many bytes of memory a stream takes. */
  long streamBytes() throws IOException {
    long codecBytes = codec == CompressionCodec.ZSTD ? zstdBytes() + ZSTD_HEAP_BYTES : OTHER_BYTES;
    return windowBytes + codecBytes;
  }

  /**
   * Returns all expanded bytes from {@code skipped} on, in an array that is a little longer and
   * that the caller discards.
   */
  byte[] all(long skipped) throws IOException {
    byte[] bytes = scratch.bytes(new byte[0], length - skipped + Long.BYTES);
    try (PageStream stream = open(skipped)) {
      stream.take(bytes, (int) stream.remaining());
      stream.finish();
      return bytes;
    } catch (IOException | RuntimeException e) {
      scratch.discard(bytes);
      throw e;
    }
  }

  private InputStream expanded() throws IOException {
    try {
      return stored.length() == 0 && length == 0 ? InputStream.nullInputStream() : expand();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (IOException e) {
      throw MalformedParquetException.of("a compressed page is damaged", e);
    }
  }

  private InputStream expand() throws IOException {
    return switch (codec) {
      case UNCOMPRESSED -> {
        PageCodecs.checkLength(stored.length(), (int) length);
        yield stored.open();
      }
      case SNAPPY -> new BackReferences.SnappyBlock(stored, length, scratch);
      case LZ4_RAW -> new BackReferences.Lz4Block(stored, scratch);
      case GZIP -> new GZIPInputStream(stored.open(), GZIP_BUFFER);
      case ZSTD -> zstd();
      default -> throw new IllegalStateException("Pages of " + codec + " are expanded at once");
    };
  }

  private long zstdBytes() throws IOException {
    try (InputStream input = stored.open()) {
      return ZSTD_BYTES + Math.min(zstdWindow(input.readNBytes(ZSTD_HEADER)), length);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private InputStream zstd() throws IOException {
    long nativeBytes = zstdBytes();
    scratch.chargeNative(nativeBytes);
    try {
      scratch.charge(ZSTD_HEAP_BYTES);
    } catch (RuntimeException e) {
      scratch.dischargeNative(nativeBytes);
      throw e;
    }
    try {
      return new Charged(new ZstdInputStreamNoFinalizer(stored.open()), nativeBytes);
    } catch (IOException | RuntimeException e) {
      scratch.discharge(ZSTD_HEAP_BYTES);
      scratch.dischargeNative(nativeBytes);
      throw e;
    }
  }

  /**
   * Returns how much of the past the first frame asks for, from its header: a magic number, a
   * descriptor, and either the window as exponent and eighths or, for frames of one segment, the
   * length of the content.
   */
  private static long zstdWindow(byte[] head) {
    byte[] bytes = Arrays.copyOf(head, ZSTD_HEADER);
    int magic =
        (bytes[0] & 0xFF) | (bytes[1] & 0xFF) << 8 | (bytes[2] & 0xFF) << 16 | bytes[3] << 24;
    boolean oneSegment = (bytes[4] & 0x20) != 0;
    if (magic != ZSTD_MAGIC || oneSegment) {
      return Long.MAX_VALUE;
    }
    long base = 1L << (10 + ((bytes[5] & 0xFF) >>> 3));
    return base + (base >>> 3) * (bytes[5] & 7);
  }

  /** Gives memory back when the stream is closed. */
  private final class Charged extends FilterInputStream {
    private long nativeBytes;

    Charged(InputStream stream, long nativeBytes) {
      super(stream);
      this.nativeBytes = nativeBytes;
    }

    @Override
    public void close() throws IOException {
      super.close();
      if (nativeBytes > 0) {
        scratch.discharge(ZSTD_HEAP_BYTES);
        scratch.dischargeNative(nativeBytes);
        nativeBytes = 0;
      }
    }
  }
}
