package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.ProcessIdentity;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Tells who holds a lock, for people: nothing is ever decided by it, since only the operating
 * system knows whether the holder still lives.
 *
 * @param process the process
 * @param since since when it holds the lock, to the second
 * @param operation what it does
 * @param id the name of what it does
 */
record LockHolder(ProcessIdentity process, Instant since, String operation, String id) {
  private static final String FIRST_LINE = "keymerge lock 1";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** Returns this process as the holder from now on. */
  static LockHolder current(String operation, String id) {
    return new LockHolder(
        ProcessIdentity.current(), Instant.now().truncatedTo(ChronoUnit.SECONDS), operation, id);
  }

  /** Returns what the file of the lock holds. */
  String text() {
    return String.join(
        "\n",
        FIRST_LINE,
        "process " + process.process(),
        "host " + process.host(),
        "user " + process.user(),
        "since " + since,
        "operation " + operation,
        "id " + id,
        "");
  }

  /** Returns who wrote {@code text}, or empty if that does not show. */
  static Optional<LockHolder> parse(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String line : text.split("\n")) {
      int space = line.indexOf(' ');
      if (space > 0) {
        fields.put(line.substring(0, space), line.substring(space + 1));
      }
    }
    try {
      return text.startsWith(FIRST_LINE + "\n")
          ? Optional.of(
              new LockHolder(
                  new ProcessIdentity(
                      Long.parseLong(fields.getOrDefault("process", "")),
                      fields.getOrDefault("host", ""),
                      fields.getOrDefault("user", "")),
                  Instant.parse(fields.getOrDefault("since", "")),
                  fields.getOrDefault("operation", ""),
                  fields.getOrDefault("id", "")))
          : Optional.empty();
    } catch (NumberFormatException | DateTimeException unfinished) {
      return Optional.empty();
    }
  }

  /** Returns the holder as the subject and verb of a sentence. */
  String describe() {
    String user = process.user().isEmpty() ? "" : " of " + process.user();
    return "process "
        + process.process()
        + (process.equals(ProcessIdentity.current()) ? " (this one)" : "")
        + user
        + " on "
        + process.host()
        + " has held it since "
        + TIME.format(since)
        + ", for "
        + operation
        + " "
        + id;
  }
}
