package dev.keymerge.cli;

import dev.keymerge.FileAction;
import dev.keymerge.FileChange;
import dev.keymerge.KeyMethod;
import dev.keymerge.MergePhase;
import dev.keymerge.MergeResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tells people what a merge did: rows first, then how little was rewritten, then what it cost. */
final class MergeSummary {
  private static final int LABEL_LENGTH = 12;
  private static final int COUNT_LENGTH = 14;

  private final MergeResult result;
  private final long limitBytes;
  private final List<String> lines = new ArrayList<>();

  private MergeSummary(MergeResult result, long limitBytes) {
    this.result = result;
    this.limitBytes = limitBytes;
  }

  /**
   * Returns the summary, several lines without a line end at the end.
   *
   * @param headline what the first line says
   * @param limitBytes what the whole process was allowed to take
   */
  static String of(MergeResult result, String headline, long limitBytes) {
    MergeSummary summary = new MergeSummary(result, limitBytes);
    summary.lines.add(headline);
    summary.interrupted();
    summary.rows();
    summary.files();
    summary.cost();
    return String.join(System.lineSeparator(), summary.lines);
  }

  private void interrupted() {
    switch (result.recovery()) {
      case ROLLED_FORWARD -> line("before that", "an interrupted merge was completed");
      case TAKEN_BACK -> line("before that", "what an interrupted merge had left was removed");
      case NOTHING_TO_DO -> {}
    }
    if (result.filesResumed() > 0) {
      line("resumed", Amounts.count(result.filesResumed(), "file") + " had been finished already");
    }
  }

  private void rows() {
    count("source rows", result.sourceRows(), duplicates());
    count("inserted", result.inserted(), "");
    count("updated", result.updated(), "");
    count("deleted", result.deleted(), "");
    countUnlessZero("unchanged", result.unchanged(), "matched, and equal already");
    countUnlessZero("stale", result.stale(), "matched, but the stored row is newer");
    countUnlessZero("ignored", result.ignored(), "with nothing to do");
    line(
        "target rows",
        Amounts.count(result.targetRowsBefore())
            + " -> "
            + Amounts.count(result.targetRowsAfter()));
  }

  private void files() {
    List<String> parts = new ArrayList<>();
    part(parts, result.filesRewritten(), "rewritten");
    part(parts, result.filesAdded(), "added");
    part(parts, result.filesRemoved(), "removed");
    if (result.filesKept() > 0) {
      String pruned =
          result.filesPruned() > 0
              ? " (" + Amounts.count(result.filesPruned()) + " without reading any key)"
              : "";
      String left = result.filesKept() == 1 ? " left as it was" : " left as they were";
      parts.add(Amounts.count(result.filesKept()) + left + pruned);
    }
    line("files", parts.isEmpty() ? "none" : String.join(", ", parts));
    if (result.bytesWritten() > 0) {
      String copied =
          result.bytesCopied() > 0
              ? ", "
                  + Amounts.share(result.bytesCopied(), result.bytesWritten())
                  + " of it copied without decoding"
              : "";
      line("written", Amounts.bytes(result.bytesWritten()) + " for " + target() + copied);
    }
  }

  private void cost() {
    if (result.keyMethod() != KeyMethod.IN_MEMORY) {
      line("keys", "more than memory holds: " + keys());
    }
    String peak =
        result.peakProcessBytes() < 0
            ? "engine " + Amounts.bytes(result.peakMemoryBytes())
            : Amounts.bytes(result.peakProcessBytes());
    String spilled =
        result.bytesSpilled() > 0 ? ", " + Amounts.bytes(result.bytesSpilled()) + " spilled" : "";
    line("memory", "peak " + peak + " of " + Amounts.bytes(limitBytes) + spilled);
    List<String> phases = new ArrayList<>();
    for (Map.Entry<MergePhase, Duration> phase : result.elapsedPerPhase().entrySet()) {
      if (phase.getKey() != MergePhase.DONE) {
        phases.add(word(phase.getKey()) + " " + Amounts.time(phase.getValue()));
      }
    }
    String detail = phases.isEmpty() ? "" : "  (" + String.join(", ", phases) + ")";
    line("time", Amounts.time(result.elapsed()) + detail);
  }

  private String keys() {
    String parts = Amounts.count(result.spilledPartitions(), "part") + " of them ";
    return switch (result.keyMethod()) {
      case IN_MEMORY -> "";
      case PARTITIONS -> parts + "joined on disk";
      case PASSES ->
          parts
              + "waited on disk while the target's keys were read "
              + (result.keyPasses() == 1 ? "once" : Amounts.count(result.keyPasses()) + " times");
      case SORTED -> parts + "joined in the order of the target";
    };
  }

  private String duplicates() {
    return result.duplicatesDropped() == 0
        ? ""
        : Amounts.count(result.duplicatesDropped()) + " of them lost to another with the same key";
  }

  /** Returns how large the dataset is that the written bytes are part of. */
  private String target() {
    long bytes = 0;
    for (FileChange file : result.files()) {
      bytes += file.action() == FileAction.REMOVED ? 0 : file.bytes();
    }
    return "a target of " + Amounts.bytes(bytes);
  }

  private static String word(MergePhase phase) {
    return switch (phase) {
      case WAITING -> "wait";
      case PLANNING -> "plan";
      case READING_SOURCE -> "source";
      case MERGING_FILES -> "merge";
      case APPENDING -> "add";
      case COMMITTING -> "commit";
      case DONE -> "done";
    };
  }

  private static void part(List<String> parts, int files, String what) {
    if (files > 0) {
      parts.add(Amounts.count(files) + " " + what);
    }
  }

  private void countUnlessZero(String label, long count, String note) {
    if (count > 0) {
      count(label, count, note);
    }
  }

  private void count(String label, long count, String note) {
    String number = String.format("%" + COUNT_LENGTH + "s", Amounts.count(count));
    lines.add(label(label) + (note.isEmpty() ? number : number + "  " + note));
  }

  private void line(String label, String text) {
    lines.add(label(label) + "  " + text);
  }

  private static String label(String label) {
    return String.format("  %-" + LABEL_LENGTH + "s", label);
  }
}
