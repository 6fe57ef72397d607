package dev.keymerge.internal.storage;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.util.Locale;

/** Words failures of a storage for the user. Pure functions. */
public final class StorageFailure {
  private StorageFailure() {}

  /**
   * Returns what to throw when {@code failure} kept Keymerge from doing {@code activity}, the rest
   * of a sentence that begins with "Cannot".
   */
  public static MergeException of(String activity, IOException failure) {
    if (failure instanceof InterruptedIOException) {
      MergeException cancelled =
          new MergeException.Cancelled(
              "The merge was interrupted; the target is as it was.",
              "Run the merge again when you like.");
      cancelled.addSuppressed(failure);
      return cancelled;
    }
    return new MergeException.InputOutput(
        "Cannot " + activity + ": " + failure.getMessage(), remedy(failure), failure);
  }

  /** Returns what a user can do about {@code failure}. */
  public static String remedy(IOException failure) {
    String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (failure instanceof AccessDeniedException || text.contains("permi")) {
      return "Give this user the permission, or run as another user.";
    }
    if (text.contains("no space") || text.contains("quota")) {
      return "Free some space where the target stands, and run the merge again.";
    }
    if (text.contains("read-only")) {
      return "Make the file system of the target writable, and run the merge again.";
    }
    if (text.contains("too many open files")) {
      return "Raise the limit of open files (ulimit -n), or use fewer threads (--threads).";
    }
    return "Check the path and the disk, and run the merge again.";
  }
}
