package dev.keymerge.cli;

import dev.keymerge.MergeException;

/**
 * Says how a command failed, for people and for programs.
 *
 * @param kind name of the kind of failure in {@code snake_case}
 * @param message what is wrong, where and why
 * @param remedy what to do about it
 * @param exitCode code that the process ends with
 */
record Failure(String kind, String message, String remedy, int exitCode) {
  /** The command line is wrong. */
  static final int USAGE = 2;

  /** The program is wrong. */
  static final int INTERNAL = 1;

  private static final int LIMIT = 4;

  /** Returns the failure that {@code cause} stands for. */
  static Failure of(Throwable cause) {
    if (cause instanceof MergeException e) {
      return new Failure(
          Json.snakeCase(e.getClass().getSimpleName()),
          sentence(text(e)),
          e.remedy(),
          e.exitCode());
    }
    if (cause instanceof OutOfMemoryError) {
      return new Failure(
          "limit_exceeded",
          "The process ran out of memory (" + text(cause) + ").",
          "Give it more (--memory), fewer --threads, or less memory to other programs. If it was changing"
              + " a dataset, run keymerge recover on that: it settles what was left.",
          LIMIT);
    }
    return new Failure(
        "internal",
        "Internal error: " + cause,
        "This is a fault in Keymerge, not in your data. Please report it with the output of the same"
            + " command and --debug.",
        INTERNAL);
  }

  /** Returns the failure of a command line that cannot be understood. */
  static Failure usage(String message, String remedy) {
    return new Failure("invalid_request", message, remedy, USAGE);
  }

  /** Returns what people read: the message, and the remedy indented below it. */
  String text() {
    return "keymerge: " + message + System.lineSeparator() + "  " + remedy.replace("\n", "\n  ");
  }

  /** Returns what programs read. */
  String json() {
    return Json.document(new Envelope(this));
  }

  /** Ends a message that ends with a name, a value or what the system said. */
  private static String sentence(String message) {
    return message.matches("(?s).*[.!?:]") ? message : message + ".";
  }

  private static String text(Throwable cause) {
    String message = cause.getMessage();
    return message == null || message.isBlank()
        ? cause.getClass().getSimpleName()
        : message.strip();
  }

  /**
   * Wraps a failure, so that a reader tells it from a result by its only member.
   *
   * @param error the failure
   */
  private record Envelope(Failure error) {}
}
