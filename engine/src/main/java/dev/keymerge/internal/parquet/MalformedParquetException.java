package dev.keymerge.internal.parquet;

/**
 * Says inside this package that bytes of a file contradict the format.
 *
 * <p>Whoever knows the place turns it into {@link dev.keymerge.MergeException.BadData}; see {@link
 * FilePlace}. It never leaves the package.
 */
final class MalformedParquetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with what is wrong, worded to follow the name of a place and a colon. */
  MalformedParquetException(String message) {
    super(message);
  }
}
