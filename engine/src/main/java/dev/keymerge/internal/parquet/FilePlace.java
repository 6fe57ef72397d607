package dev.keymerge.internal.parquet;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.StoragePath;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.apache.arrow.memory.OutOfMemoryException;

/**
 * Names a part of a Parquet file and turns whatever went wrong there into the exception that the
 * user sees.
 *
 * <p>Decoders trust the format and let array bounds catch what they do not check, so every failure
 * of a decoder passes through {@link #failure} once, at the border of the reader. Immutable and
 * thread-safe.
 *
 * @param file which file
 * @param part what part of it, with a leading space; empty for the whole file
 */
record FilePlace(StoragePath file, String part) {
  /** Returns the place that is the file as a whole. */
  static FilePlace of(StoragePath file) {
    return new FilePlace(file, "");
  }

  /** Returns the place that is one column in one row group, counted from 0. */
  FilePlace column(int rowGroup, String column) {
    return new FilePlace(file, ", row group " + rowGroup + ", column '" + column + "'");
  }

  /** Returns the place in words. */
  String text() {
    return file + part;
  }

  /** Returns the report that the file contradicts the format. */
  MergeException malformed(String problem) {
    return new MergeException.BadData(
        "Malformed Parquet file " + text() + ": " + problem, remedy());
  }

  /** Returns the report that the file is valid but uses something that cannot be read. */
  MergeException unsupported(String problem, String remedy) {
    return new MergeException.BadData(
        "Cannot read Parquet file " + text() + ": " + problem, remedy);
  }

  /**
   * Returns what to throw for a failure while reading here: lack of memory and the like as they
   * are, the rest as bad data.
   */
  RuntimeException failure(RuntimeException failure) {
    if (failure instanceof MergeException || failure instanceof OutOfMemoryException) {
      return failure;
    }
    if (failure instanceof UnreadableValueException) {
      return unsupported(
          String.valueOf(failure.getMessage()),
          "Leave the rows out, or write the column as another type.");
    }
    String detail =
        failure instanceof MalformedParquetException
            ? failure.getMessage()
            : "the content is inconsistent (" + failure + ")";
    return new MergeException.BadData(
        "Malformed Parquet file " + text() + ": " + detail, remedy(), failure);
  }

  /** Returns what to throw for a failed read here. */
  MergeException failure(IOException failure) {
    if (failure instanceof EOFException) {
      return new MergeException.BadData(
          "Malformed Parquet file " + text() + ": the file ends too early", remedy(), failure);
    }
    if (failure instanceof NoSuchFileException) {
      return new MergeException.InputOutput(
          "File " + text() + " does not exist any more",
          "Do not change the dataset while a merge runs, and start the merge again.",
          failure);
    }
    return new MergeException.InputOutput(
        "Cannot read " + text() + ": " + failure.getMessage(),
        "Check that the file can be read and start the merge again.",
        failure);
  }

  private static String remedy() {
    return "Check the file with another Parquet reader; restore it from a copy or write it again.";
  }
}
