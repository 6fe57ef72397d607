package dev.keymerge.testdata.check;

import dev.keymerge.testdata.parquet.ChannelInputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.InputFile;

/**
 * Reads every page of a file and compares what is there with what footer, page headers, indexes and
 * bloom filters say. Works for nested columns too. Holds one row group in memory. Stateless.
 */
public final class ParquetFileCheck {

  private ParquetFileCheck() {}

  /**
   * Lists everything that is untrue, each with its place; empty for a sound file.
   *
   * @throws IOException if the file cannot be read at all
   */
  public static List<String> violations(Path file) throws IOException {
    List<String> violations = new ArrayList<>();
    InputFile input = new ChannelInputFile(file);
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .usePageChecksumVerification()
            .build();
    try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
      List<BlockMetaData> rowGroups = reader.getRowGroups();
      for (int number = 0; number < rowGroups.size(); number++) {
        String place = file.getFileName() + ", row group " + number;
        checkRowGroup(reader, input, number, new Findings(place, violations));
      }
    }
    return violations;
  }

  private static void checkRowGroup(
      ParquetFileReader reader, InputFile input, int number, Findings findings) throws IOException {
    BlockMetaData rowGroup = reader.getRowGroups().get(number);
    long uncompressed = 0;
    for (ColumnChunkMetaData chunk : rowGroup.getColumns()) {
      uncompressed += chunk.getTotalUncompressedSize();
      Findings ofColumn = findings.of("column " + chunk.getPath().toDotString());
      PageWalk pages = PageWalk.of(input, chunk, ofColumn);
      new ChunkCheck(reader, chunk, pages, ofColumn).run(number, rowGroup.getRowCount());
    }
    findings.expect("total byte size", uncompressed, rowGroup.getTotalByteSize());
  }
}
