package dev.keymerge.acceptance;

import dev.keymerge.testdata.parquet.ChannelInputFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.parquet.column.values.bloomfilter.BloomFilter;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileReader;

/**
 * Holds the footer of a small file as it is stored, to look at it or to write another one.
 *
 * @param metadata the parsed structure, which may be changed before it is written
 * @param start where in the file it starts
 */
record RawFooter(FileMetaData metadata, int start) {
  private static final int TAIL_BYTES = 8;

  static RawFooter read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length =
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - TAIL_BYTES);
    int start = bytes.length - TAIL_BYTES - length;
    return new RawFooter(
        Util.readFileMetaData(new ByteArrayInputStream(bytes, start, length)), start);
  }

  /** Writes this in place of the footer of the file that it was read from. */
  void write(Path file) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.write(Arrays.copyOf(Files.readAllBytes(file), start));
    Util.writeFileMetaData(metadata, content);
    ByteBuffer tail = ByteBuffer.allocate(TAIL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    tail.putInt(content.size() - start).put("PAR1".getBytes(StandardCharsets.US_ASCII));
    content.write(tail.array());
    Files.write(file, content.toByteArray());
  }

  /** Reads the bloom filter of a chunk that has one. */
  static BloomFilter bloomFilter(Path file, int rowGroup, int column) throws IOException {
    try (ParquetFileReader reader = ParquetFileReader.open(new ChannelInputFile(file))) {
      return reader.readBloomFilter(reader.getRowGroups().get(rowGroup).getColumns().get(column));
    }
  }
}
