package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.MergeException;
import dev.keymerge.internal.commit.StagedChange.Add;
import dev.keymerge.internal.commit.StagedChange.Remove;
import dev.keymerge.internal.commit.StagedChange.Replace;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts what a merge has staged into the target, all or nothing, also if the machine stops at any
 * instant.
 *
 * <p>First everything that can fail without harm: staged files are read back and counted, the
 * previous version gets second names if it is to be kept, names are synced, the whole plan is
 * written down, and the target is looked at again. Then one rename makes the plan valid, and the
 * target is changed by renames alone: successors over their predecessors, additions in, removed
 * files out; or, for a directory that does not exist yet, the whole directory at once.
 *
 * <p>Serves one merge, once; not thread-safe. Borrows all that it is given; the owner of the
 * staging area closes it afterwards, and holds the lock of the dataset all the time.
 */
public final class Publication {
  private final CommitResources resources;
  private final Storage storage;
  private final Snapshot snapshot;
  private final StagingArea staging;
  private final PublicationPlan plan;
  private final StagedFileCheck check;
  private final long keptRows;

  /**
   * Creates the publication of {@code plan}.
   *
   * @throws IllegalArgumentException if the plan does not fit the snapshot
   */
  public Publication(
      CommitResources resources, Snapshot snapshot, StagingArea staging, PublicationPlan plan) {
    this.resources = resources;
    this.storage = resources.storage();
    this.snapshot = snapshot;
    this.staging = staging;
    this.plan = plan;
    this.check = new StagedFileCheck(resources, staging);
    this.keptRows = snapshot.rows() - changedRows();
  }

  /** Returns how many rows the files have that change, each of which must change just once. */
  private long changedRows() {
    long rows = 0;
    BitSet changed = new BitSet();
    Set<StoragePath> added = new HashSet<>();
    for (StagedChange change : plan.changes()) {
      int index = snapshot.indexOf(change.target());
      boolean fits =
          change instanceof Add
              ? index < 0 && added.add(change.target())
              : index >= 0 && !changed.get(index);
      if (!fits) {
        throw new IllegalArgumentException("Not a change of this snapshot: " + change);
      }
      if (index >= 0) {
        changed.set(index);
        rows += snapshot.files().get(index).rows();
      }
    }
    return rows;
  }

  /**
   * Publishes.
   *
   * @param startCommit run right before the commit point, and before the target is looked at for
   *     the last time; may throw to stop the merge
   * @throws MergeException.Conflict if someone else changed the target since the snapshot; it is as
   *     they left it
   * @throws MergeException.InputOutput if a step failed; the target is as it was
   * @throws MergeException.OutcomeUnknown if a step failed after the commit point; nothing that
   *     completing the merge takes has been deleted
   */
  public void publish(Runnable startCommit) {
    long rowsAfter = check.run(plan, snapshot.rows(), keptRows);
    if (plan.changes().isEmpty()) {
      startCommit.run();
      return;
    }
    try (MemoryReservation memory = resources.budget().open("journal of the merge")) {
      PublicationPreparation preparation =
          new PublicationPreparation(resources, snapshot, staging, entry(rowsAfter), memory);
      Journal journal = prepare(preparation);
      new JournaledCommit(storage, staging.home(), staging, journal)
          .run(
              () -> {
                keepPrevious(preparation, journal);
                startCommit.run();
                snapshot.verifyUnchanged();
                refuseWhatIsInTheWay();
              });
    } catch (RuntimeException | Error failure) {
      dropPreviousVersion(failure);
      throw failure;
    }
  }

  private Journal prepare(PublicationPreparation preparation) {
    try {
      return isNewDirectory()
          ? preparation.wholeDirectory(additions(), check::footer)
          : preparation.fileByFile(plan.changes(), check::footer);
    } catch (IOException failure) {
      // A file of the target that is gone fails here first, and is a conflict all the same.
      snapshot.verifyUnchanged();
      throw StorageFailure.of("prepare the files to publish in " + staging.directory(), failure);
    }
  }

  private void keepPrevious(PublicationPreparation preparation, Journal journal) {
    try {
      preparation.keepPrevious(journal);
    } catch (IOException failure) {
      snapshot.verifyUnchanged();
      throw StorageFailure.of(
          "keep the previous version of the target " + snapshot.target(), failure);
    }
  }

  private boolean isNewDirectory() {
    return !snapshot.exists() && snapshot.kind() == TargetKind.DIRECTORY;
  }

  private List<Add> additions() {
    return plan.changes().stream().map(Add.class::cast).toList();
  }

  private HistoryEntry entry(long rowsAfter) {
    Author author = Author.current();
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    return new HistoryEntry(
        staging.mergeId(),
        HistoryEntry.Operation.MERGE,
        null,
        now,
        author.user(),
        author.host(),
        author.process(),
        plan.strategy(),
        plan.rows().inserted(),
        plan.rows().updated(),
        plan.rows().deleted(),
        snapshot.rows(),
        rowsAfter,
        count(Replace.class),
        count(Add.class),
        count(Remove.class),
        keptUntil(now));
  }

  private @Nullable Instant keptUntil(Instant now) {
    return plan.keepPrevious().isZero()
        ? null
        : now.plus(plan.keepPrevious()).truncatedTo(ChronoUnit.MILLIS);
  }

  private int count(Class<? extends StagedChange> kind) {
    return (int) plan.changes().stream().filter(kind::isInstance).count();
  }

  /** The listing of data files does not show everything that a new file could meet. */
  private void refuseWhatIsInTheWay() {
    for (StagedChange change : plan.changes()) {
      if (change instanceof Add add && isThere(add.target())) {
        throw new MergeException.Conflict(
            "Someone put something where the merge puts its own: " + add.target() + ".",
            "Make sure that nothing else writes there, and run the merge again.");
      }
    }
  }

  private boolean isThere(StoragePath path) {
    try {
      return storage.status(path).isPresent();
    } catch (IOException failure) {
      throw StorageFailure.of("look at " + path, failure);
    }
  }

  /** Drops what was to be kept of the previous version, unless a journal may need it. */
  private void dropPreviousVersion(Throwable failure) {
    if (staging.isKept() || plan.keepPrevious().isZero()) {
      return;
    }
    try {
      storage.deleteTree(staging.home().previous(staging.mergeId()));
    } catch (IOException remains) {
      // Without its record it is swept later.
      failure.addSuppressed(remains);
    }
  }
}
