package dev.keymerge.internal.job;

import dev.keymerge.FileAction;
import dev.keymerge.FileChange;
import dev.keymerge.internal.commit.StagedChange;
import dev.keymerge.internal.commit.StagedFile;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps what became of each file of a target in a few bytes, because there may be a hundred
 * thousand of them, and adds up what that comes to.
 *
 * <p>Each file is told once. Serves one merge, on the job's thread.
 */
final class MergedFiles {
  /** What this takes for a file on the heap. */
  static final long FILE_BYTES = 2 * Long.BYTES + Integer.BYTES + 2;

  /** What the report about a file takes on the heap beside its path, about. */
  static final long REPORT_BYTES = 100;

  private static final FileAction[] ACTIONS = FileAction.values();

  private final Snapshot snapshot;
  private final Staging staging;
  private final byte[] actions;
  private final long[] rowsAfter;
  private final long[] bytesAfter;
  private final BitSet staged = new BitSet();
  private final Totals totals = new Totals();

  /** Adds up what the files come to. */
  static final class Totals {
    private long updated;
    private long unchanged;
    private long stale;
    private long deleted;
    private long rowGroupsCopied;
    private long chunksCopied;
    private long pagesEncoded;
    private long bytesStaged;
    private long bytesCopied;
    private int pruned;

    private Totals() {}

    long updated() {
      return updated;
    }

    long unchanged() {
      return unchanged;
    }

    long stale() {
      return stale;
    }

    long deleted() {
      return deleted;
    }

    long rowGroupsCopied() {
      return rowGroupsCopied;
    }

    long chunksCopied() {
      return chunksCopied;
    }

    long pagesEncoded() {
      return pagesEncoded;
    }

    long bytesStaged() {
      return bytesStaged;
    }

    long bytesCopied() {
      return bytesCopied;
    }

    int pruned() {
      return pruned;
    }
  }

  MergedFiles(Snapshot snapshot, Staging staging) {
    this.snapshot = snapshot;
    this.staging = staging;
    int files = snapshot.files().size();
    this.actions = new byte[files];
    this.rowsAfter = new long[files];
    this.bytesAfter = new long[files];
  }

  /** Returns the name under which the successor of file {@code number} is staged. */
  static String successor(int number) {
    return "successor-" + number;
  }

  /** Takes in what became of file {@code number}. */
  void add(int number, FileWork work) {
    FileOutcome outcome = work.outcome();
    totals.updated += outcome.updated();
    totals.unchanged += outcome.unchanged();
    totals.stale += outcome.stale();
    totals.deleted += outcome.deleted();
    totals.pruned += outcome.pruned() ? 1 : 0;
    change(number, work);
  }

  /** Takes in what became of file {@code number} itself, anew if it was to be removed at first. */
  void change(int number, FileWork work) {
    WrittenFile written = work.written();
    actions[number] = (byte) work.outcome().action().ordinal();
    rowsAfter[number] = work.outcome().rowsAfter();
    bytesAfter[number] = written == null ? work.target().status().bytes() : written.bytes();
    totals.rowGroupsCopied += work.rowGroupsCopied();
    if (written != null) {
      staged.set(number);
      totals.chunksCopied += written.chunksCopied();
      totals.pagesEncoded += written.pagesEncoded();
      totals.bytesStaged += written.bytes();
      totals.bytesCopied += written.bytesCopied();
    }
  }

  /** Returns what all files together come to. */
  Totals totals() {
    return totals;
  }

  /** Returns with how many files {@code action} was taken. */
  int count(FileAction action) {
    int count = 0;
    for (byte each : actions) {
      count += each == action.ordinal() ? 1 : 0;
    }
    return count;
  }

  /** Returns how many files there are. */
  int size() {
    return actions.length;
  }

  private FileAction action(int number) {
    return ACTIONS[actions[number]];
  }

  /** Returns what has to be published, made as it is asked for. */
  List<StagedChange> changes() {
    BitSet changed = (BitSet) staged.clone();
    for (int number = 0; number < actions.length; number++) {
      if (action(number) == FileAction.REMOVED) {
        changed.set(number);
      }
    }
    int[] numbers = changed.stream().toArray();
    return new AbstractList<>() {
      @Override
      public StagedChange get(int index) {
        return stagedChange(numbers[index]);
      }

      @Override
      public int size() {
        return numbers.length;
      }
    };
  }

  private StagedChange stagedChange(int number) {
    StoragePath target = snapshot.files().get(number).path();
    if (!staged.get(number)) {
      return new StagedChange.Remove(target);
    }
    StoragePath successor = staging.area().path(successor(number));
    return new StagedChange.Replace(new StagedFile(successor, rowsAfter[number]), target);
  }

  /** Returns what the result says about each file and about {@code added}, in path order. */
  List<FileChange> report(List<Insertion.NewFile> added) {
    List<FileChange> changes = new ArrayList<>(actions.length + added.size());
    for (int number = 0; number < actions.length; number++) {
      TargetFile target = snapshot.files().get(number);
      boolean removed = action(number) == FileAction.REMOVED;
      changes.add(
          new FileChange(
              target.path().relativeTo(snapshot.target()),
              action(number),
              removed ? target.rows() : rowsAfter[number],
              bytesAfter[number]));
    }
    for (Insertion.NewFile file : added) {
      changes.add(
          new FileChange(
              file.target().relativeTo(snapshot.target()),
              FileAction.ADDED,
              file.written().rows(),
              file.written().bytes()));
    }
    changes.sort(Comparator.comparing(FileChange::path));
    return Collections.unmodifiableList(changes);
  }
}
