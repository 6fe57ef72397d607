package dev.keymerge.cli;

import dev.keymerge.testdata.derive.LineItemChanges;
import dev.keymerge.testdata.derive.SourceDerivation;
import dev.keymerge.testdata.generate.LineItems;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.parquet.TableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes the data of a demo: the line items of a shop, and what one day changes about them.
 *
 * <p>Rows stream from the generator into the files; one row group is in memory at a time.
 *
 * @param items the line items before the day
 * @param directory where the files go
 */
record DemoData(LineItems items, DemoDirectory directory) {
  /** The columns that name a line item. */
  static final List<String> KEY = List.of("l_orderkey", "l_linenumber");

  private static final int FILES = 8;
  private static final double CHANGED_ORDERS = 0.02;
  private static final double NEW_ORDERS = 0.005;

  /** Where the changed orders begin: orders change some time after they were placed. */
  private static final double CHANGES_START = 0.9;

  /** Writes the dataset, and returns how large it is. */
  Written writeTarget() throws IOException {
    List<Path> files =
        TableFiles.writeParts(
            directory.target(), LineItems.SCHEMA, FILES, part -> items.rows(part, FILES), layout());
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    return new Written(files.size(), bytes);
  }

  /** Writes the changes of the day: some orders are delivered, and new ones come in. */
  Written writeSource() throws IOException {
    SourceDerivation changes =
        LineItemChanges.clustered(items, CHANGED_ORDERS, NEW_ORDERS, CHANGES_START);
    try (ParquetTableWriter writer =
        ParquetTableWriter.open(directory.source(), changes.sourceSchema(), layout())) {
      changes.derive(items.rows(), writer::write);
    }
    return new Written(1, Files.size(directory.source()));
  }

  private static ParquetLayout layout() {
    return ParquetLayout.builder().zstdLevel(1).build();
  }

  /**
   * Tells what was written.
   *
   * @param files how many files
   * @param bytes how long they are together
   */
  record Written(int files, long bytes) {}
}
