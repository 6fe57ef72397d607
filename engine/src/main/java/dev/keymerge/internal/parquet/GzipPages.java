package dev.keymerge.internal.parquet;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.format.CompressionCodec;

/**
 * Compresses and expands GZIP pages by the runtime's own library, pages of several concatenated
 * members included.
 */
final class GzipPages {
  private static final int BUFFER = 8192;
  private static final int HEADER_AND_TRAILER = 18;

  private GzipPages() {}

  /** Expands a page; keeps no state between pages. */
  static final class Expansion implements PageDecompressor {
    @Override
    public void decompress(
        byte[] input, int offset, int length, byte[] output, int outputOffset, int outputLength) {
      try (GZIPInputStream stream =
          new GZIPInputStream(new ByteArrayInputStream(input, offset, length), BUFFER)) {
        PageCodecs.checkLength(stream.readNBytes(output, outputOffset, outputLength), outputLength);
        if (stream.read() >= 0) {
          throw new MalformedParquetException(
              "a GZIP page expands to more than the " + outputLength + " bytes of its header");
        }
      } catch (EOFException e) {
        throw new MalformedParquetException("a GZIP page ends too early");
      } catch (IOException e) {
        throw MalformedParquetException.of("a GZIP page is damaged", e);
      }
    }

    @Override
    public void close() {}
  }

  /** Compresses a page as one member; keeps no state between pages. */
  static final class Compression implements PageCompressor {
    private final int level;

    Compression(int level) {
      this.level = level;
    }

    @Override
    public CompressionCodec codec() {
      return CompressionCodec.GZIP;
    }

    @Override
    public int maxCompressedLength(int length) {
      // The bound that the deflate library itself states for any setting, and the frame around it.
      return Math.toIntExact(
          length + ((length + 7L) >> 3) + ((length + 63L) >> 6) + 5 + HEADER_AND_TRAILER);
    }

    @Override
    public int compress(byte[] input, int offset, int length, byte[] output, int outputOffset) {
      ArrayOutput target = new ArrayOutput(output, outputOffset);
      try (LeveledOutput stream = new LeveledOutput(target, level)) {
        stream.write(input, offset, length);
      } catch (IOException e) {
        throw new UncheckedIOException("GZIP cannot compress " + length + " bytes", e);
      }
      return target.position - outputOffset;
    }

    @Override
    public void close() {}
  }

  private static final class LeveledOutput extends GZIPOutputStream {
    LeveledOutput(OutputStream target, int level) throws IOException {
      super(target, BUFFER);
      def.setLevel(level);
    }
  }

  private static final class ArrayOutput extends OutputStream {
    private final byte[] array;
    private int position;

    ArrayOutput(byte[] array, int position) {
      this.array = array;
      this.position = position;
    }

    @Override
    public void write(int value) {
      array[position++] = (byte) value;
    }

    @Override
    public void write(byte[] source, int offset, int length) {
      System.arraycopy(source, offset, array, position, length);
      position += length;
    }
  }
}
