package dev.keymerge.internal.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;

/**
 * Says which bytes of a file are one chunk, after making sure that they may be copied under another
 * writer's name. Immutable.
 *
 * @param start where the first page starts
 * @param length bytes of all pages
 */
record CopyRange(long start, long length) {
  private static final int FIRST_HEADER_BYTES = 128;
  private static final int LONGEST_HEADER_BYTES = 1 << 20;

  /**
   * Finds the bytes of a chunk.
   *
   * <p>The first page must be where the metadata say. Where the writer is known to state a wrong
   * length, all pages are walked.
   *
   * @throws dev.keymerge.MergeException.BadData if the metadata are wrong, or readers need to know
   *     the old writer to read the chunk
   */
  static CopyRange find(ParquetFile source, int rowGroup, int leaf) throws IOException {
    FilePlace place = source.footer().place(rowGroup, leaf);
    ColumnMetaData metadata = source.footer().chunk(rowGroup, leaf).getMeta_data();
    CreatedBy writer = CreatedBy.of(source.footer().thrift().getCreated_by());
    if (metadata.getNum_values() == 0) {
      return new CopyRange(FooterChecks.chunkStart(metadata), 0);
    }
    if (!writer.deltaByteArraysTrusted()
        && metadata.getEncodings().contains(Encoding.DELTA_BYTE_ARRAY)) {
      throw refusal(place, "was written by a version that encoded byte arrays wrongly");
    }
    long start = FooterChecks.chunkStart(metadata);
    long length = metadata.getTotal_compressed_size();
    try {
      Header first = header(source, start, source.input().size());
      boolean dictionary = first.page().getType() == PageType.DICTIONARY_PAGE;
      if (start != metadata.getData_page_offset() && !dictionary) {
        throw new MalformedParquetException("there is no dictionary page at " + start);
      }
      if (first.bytes() + (long) first.page().getCompressed_page_size() > length) {
        throw new MalformedParquetException(
            "its first page at " + start + " is longer than the " + length + " bytes of all");
      }
      if (!writer.chunkLengthTrusted() || !writer.compressionFlagTrusted()) {
        length = walk(source, start, metadata, place);
      }
    } catch (RuntimeException e) {
      throw place.failure(e);
    }
    return new CopyRange(start, length);
  }

  /** Returns whether {@code offset} is in this range. */
  boolean contains(long offset) {
    return offset >= start && offset < start + length;
  }

  /** Adds up all pages until every value is there. */
  private static long walk(ParquetFile source, long start, ColumnMetaData metadata, FilePlace place)
      throws IOException {
    long values = 0;
    long position = start;
    while (values < metadata.getNum_values()) {
      Header header = header(source, position, source.input().size());
      PageHeader page = header.page();
      if (page.getType() == PageType.DATA_PAGE && page.isSetData_page_header()) {
        values += page.getData_page_header().getNum_values();
      } else if (page.getType() == PageType.DATA_PAGE_V2) {
        throw refusal(place, "may say wrongly which of its pages are compressed");
      }
      position += header.bytes() + (long) page.getCompressed_page_size();
    }
    if (position > source.input().size()) {
      throw new MalformedParquetException("its last page leaves the file");
    }
    return position - start;
  }

  private static Header header(ParquetFile source, long position, long end) throws IOException {
    for (long room = FIRST_HEADER_BYTES; ; room *= 4) {
      long length = Math.min(room, end - position);
      if (length <= 0) {
        throw new MalformedParquetException("a page starts at " + position + ", behind the end");
      }
      byte[] bytes = new byte[(int) length];
      source.input().readFully(position, ByteBuffer.wrap(bytes));
      int headerEnd = ThriftShape.end(bytes, 0, bytes.length);
      if (headerEnd >= 0) {
        return new Header(parsed(bytes, headerEnd, position), headerEnd);
      }
      if (length < room || room > LONGEST_HEADER_BYTES) {
        throw new MalformedParquetException("there is no page header at " + position);
      }
    }
  }

  private static PageHeader parsed(byte[] bytes, int length, long position) {
    try {
      PageHeader page = Util.readPageHeader(new ByteArrayInputStream(bytes, 0, length));
      if (page.getType() == null || page.getCompressed_page_size() < 0) {
        throw new MalformedParquetException("there is no page at " + position);
      }
      return page;
    } catch (IOException e) {
      throw new MalformedParquetException(
          "there is no page header at " + position + ": " + e.getMessage());
    }
  }

  private static RuntimeException refusal(FilePlace place, String fault) {
    return place.unsupported(
        "it " + fault + ", so it cannot be copied as it is",
        "Write the file again with a current version of its writer.");
  }

  private record Header(PageHeader page, int bytes) {}
}
