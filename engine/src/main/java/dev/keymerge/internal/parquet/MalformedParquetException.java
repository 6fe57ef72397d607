package dev.keymerge.internal.parquet;

import java.io.EOFException;

/**
 * Says inside this package that bytes of a file contradict the format.
 *
 * <p>Whoever knows the place turns it into {@link dev.keymerge.MergeException.BadData}; see {@link
 * FilePlace}. It never leaves the package.
 */
final class MalformedParquetException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_DETAIL = 160;

  /** Creates the exception with what is wrong, worded to follow the name of a place and a colon. */
  MalformedParquetException(String message) {
    super(message);
  }

  /** Creates the exception with what is wrong and the beginning of what a parser says about it. */
  static MalformedParquetException of(String message, Exception parser) {
    String detail = parser.getMessage();
    if (detail == null) {
      // What unexpected ends are like.
      boolean ended = parser instanceof EOFException;
      return new MalformedParquetException(message + (ended ? ": it ends too early" : ""));
    }
    // Parsers append everything they have read so far.
    String shorter =
        detail.length() <= LONGEST_DETAIL ? detail : detail.substring(0, LONGEST_DETAIL);
    return new MalformedParquetException(message + ": " + shorter);
  }
}
