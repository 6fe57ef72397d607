package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.internal.commit.JournalStep.Add;
import dev.keymerge.internal.commit.JournalStep.Remove;
import dev.keymerge.internal.commit.JournalStep.Replace;
import dev.keymerge.internal.target.TargetKind;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Holds the whole plan of a publication, so that whoever finds it can complete the publication.
 *
 * <p>Immutable. No path in it leads out of the target or its home, and no file is named twice.
 *
 * @param entry what the history says about it
 * @param kind the form of the target
 * @param form how the target comes to be what the plan says
 * @param directories directories of the target to be made, outer ones first
 * @param steps what happens to each file
 */
record Journal(
    HistoryEntry entry,
    TargetKind kind,
    Form form,
    List<String> directories,
    List<JournalStep> steps) {
  private static final String PREVIOUS = "previous";
  private static final Pattern NO_PART = Pattern.compile("|\\.|\\.\\.");
  // A directory has no data file of such a name, at any depth.
  private static final Pattern HIDDEN_PART = Pattern.compile("(^|/)[_.]");
  private static final int LONGEST_PATH = 16 << 10;

  /** Says how the target comes to be what a plan says. */
  enum Form {
    /** File by file. */
    FILE_BY_FILE,
    /** As a directory that was put together in the staging area, and is moved as a whole. */
    WHOLE_DIRECTORY
  }

  /**
   * Copies the lists, the steps in little memory, and checks all names.
   *
   * @throws IllegalArgumentException if one is not what it should be
   */
  Journal {
    directories = List.copyOf(directories);
    if (!DatasetHome.isMergeId(entry.mergeId())) {
      throw new IllegalArgumentException("Not the name of a merge: " + entry.mergeId());
    }
    if (entry.undoes() != null && !DatasetHome.isMergeId(entry.undoes())) {
      throw new IllegalArgumentException("Not the name of a merge: " + entry.undoes());
    }
    for (String directory : directories) {
      checkInTarget(directory, kind);
    }
    long[] hashes = new long[steps.size()];
    int index = 0;
    for (JournalStep step : steps) {
      hashes[index++] = hash(step.path());
      checkInTarget(step.path(), kind);
      checkStep(step, entry);
      if (form == Form.WHOLE_DIRECTORY && !(step instanceof Add)) {
        throw new IllegalArgumentException("Not new in a new directory: " + step.path());
      }
      if (kind == TargetKind.FILE && step.path().indexOf('/') >= 0) {
        throw new IllegalArgumentException("Not the file that is the target: " + step.path());
      }
    }
    if (kind == TargetKind.FILE
        && (steps.size() != 1 || !directories.isEmpty() || form == Form.WHOLE_DIRECTORY)) {
      throw new IllegalArgumentException("More than the one file that is the target");
    }
    refuseTwice(hashes, steps);
    steps = JournalSteps.of(steps);
  }

  /** Refuses a path that is named twice; compares hashes first, for names take room. */
  private static void refuseTwice(long[] hashes, List<JournalStep> steps) {
    Arrays.sort(hashes);
    for (int i = 1; i < hashes.length; i++) {
      if (hashes[i] == hashes[i - 1]) {
        refuseEqual(steps);
        return;
      }
    }
  }

  private static void refuseEqual(List<JournalStep> steps) {
    Set<String> paths = new HashSet<>();
    for (JournalStep step : steps) {
      if (!paths.add(step.path())) {
        throw new IllegalArgumentException("Named twice: " + step.path());
      }
    }
  }

  private static long hash(String path) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < path.length(); i++) {
      hash = (hash ^ path.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /** Returns the name of the merge. */
  String mergeId() {
    return entry.mergeId();
  }

  /** Returns whether the previous version is kept. */
  boolean keepsPrevious() {
    return entry.keptUntil() != null;
  }

  private static void checkStep(JournalStep step, HistoryEntry entry) {
    if (step instanceof Replace replace) {
      checkInHome(replace.source(), entry.mergeId());
      checkKept(replace.kept(), entry);
    } else if (step instanceof Add add) {
      checkInHome(add.source(), entry.mergeId());
    } else if (step instanceof Remove remove) {
      checkKept(remove.kept(), entry);
    }
  }

  private static void checkInTarget(String path, TargetKind kind) {
    checkRelative(path);
    boolean hidden =
        kind == TargetKind.FILE ? path.equals(DatasetHome.NAME) : HIDDEN_PART.matcher(path).find();
    if (hidden) {
      throw new IllegalArgumentException("A private file, not one of the target: " + path);
    }
  }

  private static void checkKept(String path, HistoryEntry entry) {
    if (entry.keptUntil() == null && path.equals(JournalStep.NOT_KEPT)) {
      return;
    }
    checkRelative(path);
    if (entry.keptUntil() == null || !path.startsWith(PREVIOUS + "/" + entry.mergeId() + "/")) {
      throw new IllegalArgumentException("Not a place for a previous version: " + path);
    }
  }

  private static void checkInHome(String path, String mergeId) {
    checkRelative(path);
    String[] parts = path.split("/", 3);
    boolean staged = parts.length > 1 && parts[0].equals(mergeId);
    boolean kept = parts.length > 2 && parts[0].equals(PREVIOUS) && DatasetHome.isMergeId(parts[1]);
    if (!staged && !kept) {
      throw new IllegalArgumentException("Neither staged nor kept: " + path);
    }
  }

  private static void checkRelative(String path) {
    boolean sound = path.length() <= LONGEST_PATH && path.indexOf('\0') < 0;
    for (String part : path.split("/", -1)) {
      // An empty part stands for a slash at either end too, and so for an absolute path.
      sound &= !NO_PART.matcher(part).matches();
    }
    if (!sound) {
      throw new IllegalArgumentException("Not a path below another: '" + path + "'");
    }
  }
}
