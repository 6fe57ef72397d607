package dev.keymerge.internal.commit;

import java.io.IOException;

/** Says that a file is no whole journal of a version that this program knows. */
final class MalformedJournalException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with what is wrong with the file. */
  MalformedJournalException(String message) {
    super(message);
  }

  /** Creates the exception with what is wrong with the file, and the failure that revealed it. */
  MalformedJournalException(String message, Throwable cause) {
    super(message, cause);
  }
}
