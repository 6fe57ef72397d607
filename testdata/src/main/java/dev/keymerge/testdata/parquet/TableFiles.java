package dev.keymerge.testdata.parquet;

import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Writes a table as the files of a directory, without ever holding it in memory. */
public final class TableFiles {

  private TableFiles() {}

  /** Gives the path of a numbered file of a table's directory. */
  public static Path file(Path directory, int number) {
    return directory.resolve(String.format(Locale.ROOT, "part-%05d.parquet", number));
  }

  /**
   * Writes rows to files of a given number of rows, the last of which may have fewer. There is at
   * least one file, even for no rows.
   *
   * @return the files in order
   */
  public static List<Path> write(
      Path directory,
      TableSchema schema,
      Iterable<@Nullable Object[]> rows,
      long rowsPerFile,
      ParquetLayout layout)
      throws IOException {
    List<Path> files = new ArrayList<>();
    Iterator<@Nullable Object[]> remaining = rows.iterator();
    do {
      Path file = file(directory, files.size());
      try (ParquetTableWriter writer = ParquetTableWriter.open(file, schema, layout)) {
        for (long row = 0; row < rowsPerFile && remaining.hasNext(); row++) {
          writer.write(remaining.next());
        }
      }
      files.add(file);
    } while (remaining.hasNext());
    return files;
  }

  /** Writes a file for each part of a table that is made in parts, the first of which is part 0. */
  public static List<Path> writeParts(
      Path directory,
      TableSchema schema,
      int parts,
      IntFunction<Iterable<@Nullable Object[]>> rowsOfPart,
      ParquetLayout layout)
      throws IOException {
    List<Path> files = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      Path file = file(directory, part);
      ParquetTableWriter.write(file, schema, rowsOfPart.apply(part), layout);
      files.add(file);
    }
    return files;
  }

  /** Writes each list of rows to a file of its own. */
  public static List<Path> writeEach(
      Path directory,
      TableSchema schema,
      List<List<@Nullable Object[]>> rowsOfFiles,
      ParquetLayout layout)
      throws IOException {
    return writeParts(directory, schema, rowsOfFiles.size(), rowsOfFiles::get, layout);
  }
}
