package dev.keymerge.internal.parquet;

/**
 * Says inside this package that a valid value has no counterpart in the type that it is to be read
 * as.
 *
 * <p>Becomes {@link dev.keymerge.MergeException.BadData} in {@link FilePlace}; it never leaves the
 * package.
 */
final class UnreadableValueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception with what is the matter, worded to follow the name of a place and a
   * colon.
   */
  UnreadableValueException(String message) {
    super(message);
  }
}
