package dev.keymerge.testdata.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * Holds what the page headers of one column chunk say, in the order in which they stand there.
 *
 * @param dataPages the data pages
 */
record PageWalk(List<PagePlace> dataPages) {

  /**
   * Tells where a data page stands and how many values its header claims.
   *
   * @param offset position of its header in the file
   * @param bytes length of header and content
   * @param values values with nulls
   */
  record PagePlace(long offset, int bytes, int values) {}

  /** Goes from header to header and checks the sizes that the footer gives for the chunk. */
  static PageWalk of(InputFile input, ColumnChunkMetaData chunk, Findings findings)
      throws IOException {
    List<PagePlace> places = new ArrayList<>();
    long end = chunk.getStartingPos() + chunk.getTotalSize();
    long position = chunk.getStartingPos();
    long uncompressed = 0;
    try (SeekableInputStream stream = input.newStream()) {
      while (position < end) {
        stream.seek(position);
        PageHeader header = Util.readPageHeader(stream);
        int headerBytes = Math.toIntExact(stream.getPos() - position);
        int bytes = headerBytes + header.getCompressed_page_size();
        uncompressed += headerBytes + header.getUncompressed_page_size();
        note(header, position, bytes, places, chunk, findings);
        position += bytes;
      }
    }
    findings.expect("end of the last page", position, end);
    findings.expect("uncompressed size", uncompressed, chunk.getTotalUncompressedSize());
    if (!places.isEmpty()) {
      findings.expect(
          "first data page offset", places.get(0).offset(), chunk.getFirstDataPageOffset());
    }
    return new PageWalk(places);
  }

  private static void note(
      PageHeader header,
      long position,
      int bytes,
      List<PagePlace> places,
      ColumnChunkMetaData chunk,
      Findings findings) {
    if (header.getType() == PageType.DATA_PAGE) {
      places.add(new PagePlace(position, bytes, header.getData_page_header().getNum_values()));
    } else if (header.getType() == PageType.DATA_PAGE_V2) {
      places.add(new PagePlace(position, bytes, header.getData_page_header_v2().getNum_values()));
    } else if (header.getType() == PageType.DICTIONARY_PAGE) {
      if (chunk.getDictionaryPageOffset() > 0) {
        findings.expect("dictionary page offset", position, chunk.getDictionaryPageOffset());
      }
    } else {
      findings.note("page of type " + header.getType() + " at " + position);
    }
  }
}
