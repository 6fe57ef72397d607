package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.ProcessIdentity;

/**
 * Says who changes a dataset: an account, a machine and a process on it.
 *
 * @param user the account
 * @param host the name of the machine
 * @param process the number of the process
 */
record Author(String user, String host, long process) {
  private static final String UNKNOWN = "unknown";
  private static final int LONGEST_NAME = 255;

  /** Makes the names fit into one field of a line. */
  Author {
    user = printable(user);
    host = printable(host);
  }

  /** Returns who runs this code. */
  static Author current() {
    ProcessIdentity identity = ProcessIdentity.current();
    return new Author(identity.user(), identity.host(), identity.process());
  }

  private static String printable(String name) {
    String text = name.replaceAll("[\\p{Cntrl}\\p{Cs}]", "?");
    if (text.isEmpty()) {
      return UNKNOWN;
    }
    return text.length() > LONGEST_NAME ? text.substring(0, LONGEST_NAME) : text;
  }
}
