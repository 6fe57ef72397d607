package dev.keymerge;

import org.jspecify.annotations.Nullable;

/**
 * Reports why a merge did not happen: what is wrong, where and why in the message, what to do in
 * {@link #remedy()}.
 *
 * <p>Unless the kind is {@link OutcomeUnknown}, the target is exactly as it was before the merge
 * and every staged file has been removed. Instances are immutable apart from the usual stack trace
 * and suppressed exceptions.
 */
public abstract sealed class MergeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  private MergeException(String message, String remedy, @Nullable Throwable cause) {
    super(message, cause);
    this.remedy = remedy;
  }

  /** Returns what the user can do about it, one sentence or more, never empty. */
  public final String remedy() {
    return remedy;
  }

  /** Returns the exit code that the command line ends with for this kind of failure. */
  public abstract int exitCode();

  /** The request contradicts itself or names something that does not exist. */
  public static final class InvalidRequest extends MergeException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with what is wrong and what to do about it. */
    public InvalidRequest(String message, String remedy) {
      super(message, remedy, null);
    }

    @Override
    public int exitCode() {
      return 2;
    }
  }

  /** The source or the target holds data that cannot be merged: schema, key, value or duplicate. */
  public static final class BadData extends MergeException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with what is wrong and what to do about it. */
    public BadData(String message, String remedy) {
      super(message, remedy, null);
    }

    /**
     * Creates the exception with what is wrong, what to do about it, and the failure that revealed
     * it.
     */
    public BadData(String message, String remedy, Throwable cause) {
      super(message, remedy, cause);
    }

    @Override
    public int exitCode() {
      return 3;
    }
  }

  /** A memory or disk limit cannot be met. */
  public static final class LimitExceeded extends MergeException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with what is wrong and what to do about it. */
    public LimitExceeded(String message, String remedy) {
      super(message, remedy, null);
    }

    @Override
    public int exitCode() {
      return 4;
    }
  }

  /** Another process holds the dataset, or someone changed it since the merge was planned. */
  public static final class Conflict extends MergeException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with what is wrong and what to do about it. */
    public Conflict(String message, String remedy) {
      super(message, remedy, null);
    }

    @Override
    public int exitCode() {
      return 5;
    }
  }

  /** Reading or writing a file failed. */
  public static final class InputOutput extends MergeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with what is wrong, what to do about it, and the failure of the file
     * system.
     */
    public InputOutput(String message, String remedy, Throwable cause) {
      super(message, remedy, cause);
    }

    @Override
    public int exitCode() {
      return 6;
    }
  }

  /** The merge may or may not have been published; nothing has been deleted. */
  public static final class OutcomeUnknown extends MergeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with what is wrong, what to do about it, and the failure that left the
     * outcome open.
     */
    public OutcomeUnknown(String message, String remedy, Throwable cause) {
      super(message, remedy, cause);
    }

    @Override
    public int exitCode() {
      return 7;
    }
  }

  /** The merge was cancelled before it was published. */
  public static final class Cancelled extends MergeException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with what was going on and what to do about it. */
    public Cancelled(String message, String remedy) {
      super(message, remedy, null);
    }

    @Override
    public int exitCode() {
      return 130;
    }
  }
}
