package dev.keymerge.testdata.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/**
 * Takes the column and offset indexes out of a finished Parquet file, since parquet-java always
 * writes them and other writers often do not.
 *
 * <p>The footer is written anew without their offsets. Their bytes go too, unless bloom filters
 * stand behind them.
 */
final class PageIndexRemoval {

  private static final int TAIL_BYTES = 8;
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private PageIndexRemoval() {}

  static void apply(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      int footerBytes = read(channel, channel.size() - TAIL_BYTES, Integer.BYTES).getInt();
      long footerStart = channel.size() - TAIL_BYTES - footerBytes;
      FileMetaData footer =
          Util.readFileMetaData(
              new ByteArrayInputStream(read(channel, footerStart, footerBytes).array()));
      long end = forgetIndexes(footer, footerStart);
      channel.truncate(end);
      channel.position(end);
      ByteBuffer bytes = serialized(footer);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  /** Clears the references and tells where the file's remaining content ends. */
  private static long forgetIndexes(FileMetaData footer, long footerStart) {
    long firstIndex = footerStart;
    boolean hasBloomFilters = false;
    for (RowGroup rowGroup : footer.getRow_groups()) {
      for (ColumnChunk chunk : rowGroup.getColumns()) {
        if (chunk.isSetColumn_index_offset()) {
          firstIndex = Math.min(firstIndex, chunk.getColumn_index_offset());
        }
        if (chunk.isSetOffset_index_offset()) {
          firstIndex = Math.min(firstIndex, chunk.getOffset_index_offset());
        }
        hasBloomFilters |= chunk.getMeta_data().isSetBloom_filter_offset();
        chunk.unsetColumn_index_offset();
        chunk.unsetColumn_index_length();
        chunk.unsetOffset_index_offset();
        chunk.unsetOffset_index_length();
      }
    }
    return hasBloomFilters ? footerStart : firstIndex;
  }

  private static ByteBuffer serialized(FileMetaData footer) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    Util.writeFileMetaData(footer, content);
    ByteBuffer bytes =
        ByteBuffer.allocate(content.size() + TAIL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(content.toByteArray()).putInt(content.size()).put(MAGIC);
    return bytes.flip();
  }

  private static ByteBuffer read(FileChannel channel, long position, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new IOException("file ends before its footer does");
      }
    }
    return bytes.flip();
  }
}
