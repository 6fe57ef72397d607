package dev.keymerge.internal.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;

/**
 * Reads and checks page headers: sizes and counts are there and not negative, and the levels of a
 * page fit into it.
 *
 * <p>Pure functions but for the source, which they move behind the header.
 */
final class PageHeaders {
  /**
   * Bounds of long values may stand in a header; nothing else in it takes more than a few bytes.
   */
  private static final int LONGEST = 16 << 20;

  private static final int FIRST_LOOK = 128;

  /** What is made of a shorter header does not count beside the page. */
  private static final int SHORT = 4096;

  private PageHeaders() {}

  /** Reads the header that the source stands before. */
  static PageHeader read(ChunkSource source) throws IOException {
    long look = FIRST_LOOK;
    while (true) {
      source.require(Math.min(Math.max(1, source.remaining()), look));
      int from = source.offset();
      int end = ThriftShape.end(source.window(), from, from + source.available());
      if (end >= 0) {
        if (end - from > SHORT) {
          source.chargeObjects(ThriftShape.objectBytes(source.window(), from, end));
        }
        PageHeader header = parse(source.window(), from, end - from);
        source.skip(end - from);
        if (header.getCompressed_page_size() < 0 || header.getUncompressed_page_size() < 0) {
          throw new MalformedParquetException("a page has a negative size");
        }
        check(header);
        return header;
      }
      if (source.available() >= source.remaining() || source.available() >= LONGEST) {
        throw new MalformedParquetException("a page header does not end");
      }
      look = Math.max(look, source.available()) * 2;
    }
  }

  private static PageHeader parse(byte[] window, int from, int length) {
    try {
      return Util.readPageHeader(new ByteArrayInputStream(window, from, length));
    } catch (IOException e) {
      throw MalformedParquetException.of("a page header is damaged", e);
    }
  }

  private static void check(PageHeader header) {
    if (header.getType() == PageType.DATA_PAGE) {
      checkFirstVersion(header);
    } else if (header.getType() == PageType.DATA_PAGE_V2) {
      checkSecondVersion(header);
    }
  }

  private static void checkFirstVersion(PageHeader header) {
    DataPageHeader data = header.getData_page_header();
    if (data == null || data.getNum_values() < 0) {
      throw new MalformedParquetException("the header of a data page lacks its counts");
    }
  }

  private static void checkSecondVersion(PageHeader header) {
    DataPageHeaderV2 data = header.getData_page_header_v2();
    if (data == null || data.getNum_values() < 0 || data.getNum_rows() < 0) {
      throw new MalformedParquetException("the header of a data page lacks its counts");
    }
    int repetitions = data.getRepetition_levels_byte_length();
    int definitions = data.getDefinition_levels_byte_length();
    long both = (long) repetitions + definitions;
    if (repetitions < 0
        || definitions < 0
        || both > header.getCompressed_page_size()
        || both > header.getUncompressed_page_size()) {
      throw new MalformedParquetException("the levels of a page are longer than the page");
    }
  }

  /** Returns the number of level entries of a data page. */
  static int entries(PageHeader header) {
    return header.getType() == PageType.DATA_PAGE_V2
        ? header.getData_page_header_v2().getNum_values()
        : header.getData_page_header().getNum_values();
  }

  /**
   * Returns the number of rows that start in a data page, or -1 if only decoding tells.
   *
   * @param maxRepetition the column's greatest repetition level
   */
  static long rows(PageHeader header, int maxRepetition) {
    if (maxRepetition == 0) {
      return entries(header);
    }
    return header.getType() == PageType.DATA_PAGE_V2
        ? header.getData_page_header_v2().getNum_rows()
        : -1;
  }
}
