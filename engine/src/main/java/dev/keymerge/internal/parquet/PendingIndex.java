package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/**
 * Holds the page indexes of one chunk until the end of the file, where they are written. Not
 * thread-safe.
 */
sealed interface PendingIndex {
  /** Appends the column index to {@code out}, if there is one, and returns its length. */
  int writeColumnIndex(StorageOutput out, ParquetMemory memory) throws IOException;

  /** Appends the offset index to {@code out}, if there is one, and returns its length. */
  int writeOffsetIndex(StorageOutput out, ParquetMemory memory) throws IOException;

  /**
   * Holds the indexes of a chunk that was encoded anew.
   *
   * @param columnIndex serialized; null if there is none
   * @param offsetIndex serialized; null if there is none
   */
  record Encoded(byte @Nullable [] columnIndex, byte @Nullable [] offsetIndex)
      implements PendingIndex {
    @Override
    public int writeColumnIndex(StorageOutput out, ParquetMemory memory) throws IOException {
      return write(columnIndex, out);
    }

    @Override
    public int writeOffsetIndex(StorageOutput out, ParquetMemory memory) throws IOException {
      return write(offsetIndex, out);
    }

    private static int write(byte @Nullable [] bytes, StorageOutput out) throws IOException {
      if (bytes == null) {
        return 0;
      }
      out.write(ByteBuffer.wrap(bytes));
      return bytes.length;
    }
  }

  /**
   * Fetches the indexes of a copied chunk from its source when they are written.
   *
   * @param source file of the chunk, still open then
   * @param rowGroup row group of the chunk there
   * @param leaf column of the chunk
   * @param range where the chunk is there
   * @param start where it is in the new file
   */
  record Copied(ParquetFile source, int rowGroup, int leaf, CopyRange range, long start)
      implements PendingIndex {
    /** What a parsed offset index takes for every byte of it, about. */
    private static final int OBJECT_FACTOR = 12;

    @Override
    public int writeColumnIndex(StorageOutput out, ParquetMemory memory) throws IOException {
      ColumnChunk chunk = source.footer().chunk(rowGroup, leaf);
      if (!chunk.isSetColumn_index_offset() || !chunk.isSetColumn_index_length()) {
        return 0;
      }
      long offset = chunk.getColumn_index_offset();
      int length = chunk.getColumn_index_length();
      check(offset, length, "column index");
      out.copyFrom(source.input(), offset, length);
      return length;
    }

    @Override
    public int writeOffsetIndex(StorageOutput out, ParquetMemory memory) throws IOException {
      ColumnChunk chunk = source.footer().chunk(rowGroup, leaf);
      if (!chunk.isSetOffset_index_offset() || !chunk.isSetOffset_index_length()) {
        return 0;
      }
      long offset = chunk.getOffset_index_offset();
      int length = chunk.getOffset_index_length();
      check(offset, length, "offset index");
      try (ScratchArrays scratch = memory.openScratch("offset index")) {
        scratch.charge((long) length * OBJECT_FACTOR);
        byte[] bytes = new byte[length];
        source.input().readFully(offset, ByteBuffer.wrap(bytes));
        byte[] shifted = shifted(bytes);
        out.write(ByteBuffer.wrap(shifted));
        return shifted.length;
      }
    }

    private byte[] shifted(byte[] bytes) throws IOException {
      FilePlace place = source.footer().place(rowGroup, leaf);
      OffsetIndex index;
      try {
        if (ThriftShape.end(bytes, 0, bytes.length) < 0) {
          throw new MalformedParquetException("its offset index is cut off");
        }
        index = Util.readOffsetIndex(new ByteArrayInputStream(bytes));
      } catch (IOException | RuntimeException e) {
        throw place.malformed("its offset index is damaged: " + e.getMessage());
      }
      for (PageLocation page : index.getPage_locations()) {
        if (!range.contains(page.getOffset())) {
          throw place.malformed(
              "its offset index names a page at " + page.getOffset() + ", outside of its data");
        }
        page.setOffset(page.getOffset() - range.start() + start);
      }
      ByteArrayOutputStream stream = new ByteArrayOutputStream(bytes.length + 64);
      Util.writeOffsetIndex(index, stream);
      return stream.toByteArray();
    }

    private void check(long offset, long length, String what) {
      if (offset < 0 || length <= 0 || length > source.input().size() - offset) {
        throw source
            .footer()
            .place(rowGroup, leaf)
            .malformed("its " + what + " is said to be outside of the file");
      }
    }
  }
}
