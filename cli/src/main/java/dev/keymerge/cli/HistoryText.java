package dev.keymerge.cli;

import dev.keymerge.HistoryEntry;
import dev.keymerge.HistoryEntry.Operation;
import dev.keymerge.RecoveryResult;
import dev.keymerge.UndoResult;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells people what was done to a dataset. */
final class HistoryText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private HistoryText() {}

  /** Returns a table of {@code entries}. */
  static String of(List<HistoryEntry> entries, String target) {
    if (entries.isEmpty()) {
      return "Nothing is known to have been merged into " + target + ".";
    }
    TextTable table =
        new TextTable(
            "time (UTC)",
            "what",
            ">inserted",
            ">updated",
            ">deleted",
            ">rows after",
            "by",
            "merge",
            "kept until (UTC)");
    for (HistoryEntry entry : entries) {
      table.add(
          time(entry.time()),
          what(entry),
          Amounts.count(entry.inserted()),
          Amounts.count(entry.updated()),
          Amounts.count(entry.deleted()),
          Amounts.count(entry.rowsAfter()),
          entry.user() + "@" + entry.host(),
          entry.mergeId(),
          entry.keptUntil() == null ? "-" : time(entry.keptUntil()));
    }
    return String.join(System.lineSeparator(), table.lines());
  }

  /** Returns what a recovery did. */
  static String of(RecoveryResult result, String target) {
    List<String> lines = new ArrayList<>();
    switch (result.outcome()) {
      case NOTHING_TO_DO -> lines.add("No merge into " + target + " was interrupted.");
      case ROLLED_FORWARD ->
          lines.add(
              "Completed the interrupted "
                  + interrupted(result.completed())
                  + " of "
                  + target
                  + ".");
      case TAKEN_BACK ->
          lines.add(
              "Took back what an interrupted merge had left; "
                  + target
                  + " is as it was before it.");
    }
    if (!result.files().isEmpty()) {
      lines.add("  files changed  " + Amounts.count(result.files().size()));
    }
    if (!result.takenBack().isEmpty()) {
      lines.add("  taken back     " + String.join(", ", result.takenBack()));
    }
    return String.join(System.lineSeparator(), lines);
  }

  /** Returns what an undo did. */
  static String of(UndoResult result, String target) {
    HistoryEntry undone = result.undone();
    List<String> lines = new ArrayList<>();
    lines.add(
        "Took back merge "
            + undone.mergeId()
            + " of "
            + time(undone.time())
            + " UTC into "
            + target);
    lines.add("  files restored " + Amounts.count(result.restored().size()));
    lines.add("  files removed  " + Amounts.count(result.removed().size()));
    lines.add(
        "  target rows    "
            + Amounts.count(result.entry().rowsBefore())
            + " -> "
            + Amounts.count(result.entry().rowsAfter()));
    return String.join(System.lineSeparator(), lines);
  }

  private static String interrupted(@Nullable HistoryEntry entry) {
    if (entry == null) {
      return "merge";
    }
    return (entry.operation() == Operation.UNDO ? "undo " : "merge ")
        + entry.mergeId()
        + " of "
        + time(entry.time())
        + " UTC";
  }

  private static String what(HistoryEntry entry) {
    return entry.operation() == Operation.UNDO
        ? "undo of " + shortened(entry.undoes())
        : entry.strategy();
  }

  private static String shortened(@Nullable String mergeId) {
    return mergeId == null ? "?" : mergeId.substring(0, Math.min(8, mergeId.length()));
  }

  private static String time(Instant time) {
    return TIME.format(time);
  }
}
