package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnIndex;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/**
 * Knows where the data pages of one chunk start, if the file has an offset index for it that makes
 * sense.
 *
 * <p>The index is read when it is first asked for, and charged to the scratch memory of its reader.
 * An index that contradicts the chunk is left aside: page headers say the same, only slower. Not
 * thread-safe.
 */
final class PageIndex {
  /** Stands for a number that is not known. */
  static final long UNKNOWN = -1;

  private final StorageInput input;
  private final ColumnChunk chunk;
  private final long rows;
  private final ScratchArrays scratch;
  private boolean asked;
  private @Nullable List<PageLocation> locations;

  PageIndex(StorageInput input, ColumnChunk chunk, long rows, ScratchArrays scratch) {
    this.input = input;
    this.chunk = chunk;
    this.rows = rows;
    this.scratch = scratch;
  }

  /** Returns the number of data pages, or 0 if there is no index or nobody has needed it. */
  int pages() {
    return locations == null ? 0 : locations.size();
  }

  /**
   * Returns the ordinal of the data page in which {@code row} starts, or {@code from} if there is
   * no usable index.
   *
   * @param from ordinal of a page that does not start behind the row
   */
  int pageOf(long row, int from) throws IOException {
    if (!asked) {
      asked = true;
      load();
    }
    List<PageLocation> known = locations;
    if (known == null) {
      return from;
    }
    int low = from;
    int high = known.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (known.get(middle).getFirst_row_index() <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /**
   * Returns how many rows start in a page, or {@link #UNKNOWN} as long as the index has not been
   * needed.
   */
  long rowsIfKnown(int page) {
    List<PageLocation> known = locations;
    if (known == null || page >= known.size()) {
      return UNKNOWN;
    }
    long end = page + 1 < known.size() ? known.get(page + 1).getFirst_row_index() : rows;
    return end - known.get(page).getFirst_row_index();
  }

  /** Returns the row that starts a page; the index has been asked for a page before. */
  long firstRow(int page) {
    return location(page).getFirst_row_index();
  }

  /** Returns where a page starts in the file, with its header. */
  long offset(int page) {
    return location(page).getOffset();
  }

  /** Returns how many bytes a page takes in the file, with its header. */
  int bytes(int page) {
    return location(page).getCompressed_page_size();
  }

  private PageLocation location(int page) {
    List<PageLocation> known = locations;
    if (known == null) {
      throw new IllegalStateException("There is no offset index");
    }
    return known.get(page);
  }

  private void load() throws IOException {
    OffsetIndex index = readOffsetIndex(input, chunk, scratch);
    if (index != null && sound(index.getPage_locations())) {
      locations = index.getPage_locations();
    }
  }

  private boolean sound(List<PageLocation> found) {
    long start = FooterChecks.chunkStart(chunk.getMeta_data());
    long end = start + chunk.getMeta_data().getTotal_compressed_size();
    long nextOffset = start;
    long row = 0;
    for (int ordinal = 0; ordinal < found.size(); ordinal++) {
      PageLocation page = found.get(ordinal);
      if (page.getOffset() < nextOffset
          || page.getCompressed_page_size() <= 0
          || page.getCompressed_page_size() > end - page.getOffset()
          || page.getFirst_row_index() < row
          || (ordinal == 0 && page.getFirst_row_index() != 0)
          || page.getFirst_row_index() > rows) {
        return false;
      }
      nextOffset = page.getOffset() + page.getCompressed_page_size();
      row = page.getFirst_row_index();
    }
    return !found.isEmpty();
  }

  /**
   * Returns the offset index of a chunk as it is in the file, or null if there is none or it cannot
   * be parsed.
   */
  static @Nullable OffsetIndex readOffsetIndex(
      StorageInput input, ColumnChunk chunk, ScratchArrays scratch) throws IOException {
    if (!chunk.isSetOffset_index_offset() || !chunk.isSetOffset_index_length()) {
      return null;
    }
    byte[] bytes =
        read(input, chunk.getOffset_index_offset(), chunk.getOffset_index_length(), scratch);
    if (bytes == null) {
      return null;
    }
    try {
      return Util.readOffsetIndex(new ByteArrayInputStream(bytes));
    } catch (IOException e) {
      // The bytes are in memory: this is a parser's complaint, and the index is a convenience.
      return null;
    }
  }

  /**
   * Returns the column index of a chunk as it is in the file, or null if there is none or it cannot
   * be parsed.
   */
  static @Nullable ColumnIndex readColumnIndex(
      StorageInput input, ColumnChunk chunk, ScratchArrays scratch) throws IOException {
    if (!chunk.isSetColumn_index_offset() || !chunk.isSetColumn_index_length()) {
      return null;
    }
    byte[] bytes =
        read(input, chunk.getColumn_index_offset(), chunk.getColumn_index_length(), scratch);
    if (bytes == null) {
      return null;
    }
    try {
      return Util.readColumnIndex(new ByteArrayInputStream(bytes));
    } catch (IOException e) {
      // The bytes are in memory: this is a parser's complaint, and the index is a convenience.
      return null;
    }
  }

  private static byte @Nullable [] read(
      StorageInput input, long offset, int length, ScratchArrays scratch) throws IOException {
    if (offset < 0 || length <= 0 || offset > input.size() - length) {
      return null;
    }
    byte[] bytes = scratch.bytes(new byte[0], length);
    input.readFully(offset, ByteBuffer.wrap(bytes, 0, length));
    try {
      if (ThriftShape.end(bytes, 0, length) < 0) {
        return null;
      }
    } catch (MalformedParquetException e) {
      return null;
    }
    scratch.charge(ThriftShape.objectBytes(bytes, 0, length));
    return bytes;
  }
}
