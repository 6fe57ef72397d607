package dev.keymerge.internal.scan;

/**
 * Says inside this package that bytes contradict the Arrow IPC format.
 *
 * <p>Whoever knows what was read turns it into {@link dev.keymerge.MergeException.BadData}.
 */
final class MalformedIpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with what is wrong, worded to follow a colon. */
  MalformedIpcException(String message) {
    super(message);
  }
}
