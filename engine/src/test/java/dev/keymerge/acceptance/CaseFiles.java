package dev.keymerge.acceptance;

import dev.keymerge.Source;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.cases.MergeCase;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.parquet.TableFiles;
import dev.keymerge.testdata.row.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lays the tables of a random case out as files: a target directory, and a source of one of the
 * kinds that the engine reads.
 *
 * @param directory where everything goes; empty at first
 * @param merge the case
 */
record CaseFiles(Path directory, MergeCase merge) {
  private static final int SOURCE_KINDS = 4;
  private static final int BATCH_ROW_CHOICES = 37;

  Path target() {
    return directory.resolve("target");
  }

  /** Returns the target's files as they were before the merge, in order; some may be gone since. */
  List<Path> targetFiles() {
    List<Path> files = new ArrayList<>();
    for (int number = 0; number < merge.target().files().size(); number++) {
      files.add(TableFiles.file(target(), number));
    }
    return files;
  }

  /** Writes the target; a target without files is left missing. */
  void writeTarget() throws IOException {
    List<Path> files = targetFiles();
    for (int number = 0; number < files.size(); number++) {
      Files.createDirectories(target());
      ParquetTableWriter.write(
          files.get(number),
          merge.target().schema(),
          merge.target().files().get(number),
          merge.targetLayout());
    }
  }

  /**
   * Writes the source in a form that the case's number chooses, over an equal one if it was written
   * before.
   */
  Source writeSource() throws IOException {
    Path sources = directory.resolve("source");
    Files.createDirectories(sources);
    int batchRows = 1 + Math.floorMod(merge.seed(), BATCH_ROW_CHOICES);
    return switch (Math.floorMod(merge.seed(), SOURCE_KINDS)) {
      case 0 ->
          Source.arrowFile(
              writeArrow(sources.resolve("source.arrow"), ArrowLayout.file(), batchRows));
      case 1 ->
          Source.arrowStream(
              writeArrow(sources.resolve("source.arrows"), ArrowLayout.stream(), batchRows));
      default -> writeParquet(sources);
    };
  }

  private Source writeParquet(Path sources) throws IOException {
    Table source = merge.source();
    for (int number = 0; number < source.files().size(); number++) {
      Path file = TableFiles.file(sources, number);
      Files.deleteIfExists(file);
      ParquetTableWriter.write(
          file, source.schema(), source.files().get(number), merge.sourceLayout());
    }
    return Source.parquet(sources);
  }

  private Path writeArrow(Path file, ArrowLayout layout, int batchRows) throws IOException {
    Files.deleteIfExists(file);
    ArrowTableWriter.write(
        file, merge.source().schema(), merge.source().allRows(), layout.withBatchRows(batchRows));
    return file;
  }
}
