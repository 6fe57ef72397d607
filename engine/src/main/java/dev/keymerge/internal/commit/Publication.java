package dev.keymerge.internal.commit;

import dev.keymerge.MergeException;
import dev.keymerge.internal.commit.StagedChange.Add;
import dev.keymerge.internal.commit.StagedChange.Remove;
import dev.keymerge.internal.commit.StagedChange.Replace;
import dev.keymerge.internal.parquet.ParquetFooter;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Puts what a merge has staged into the target, all or nothing.
 *
 * <p>First everything that can fail without harm: staged files are read back and counted, the
 * originals of replaced files get a second name in the staging area, names are synced, and the
 * target is looked at again. Then, and only then, the target is touched by renames alone:
 * successors over their predecessors, additions in, removed files out; or, for a directory that
 * does not exist yet, the whole directory at once. If a rename fails, the ones before it are taken
 * back.
 *
 * <p>Serves one merge, once; not thread-safe. Borrows all that it is given; the owner of the
 * staging area closes it afterwards.
 */
public final class Publication {
  private final Storage storage;
  private final Snapshot snapshot;
  private final StagingArea staging;
  private final PublicationPlan plan;
  private final ParquetMemory memory;
  private final Map<StoragePath, TargetFile> kept = new LinkedHashMap<>();
  private final Map<StoragePath, StoragePath> previous = new HashMap<>();

  /**
   * Creates the publication of {@code plan}.
   *
   * @throws IllegalArgumentException if the plan does not fit the snapshot
   */
  public Publication(
      Storage storage,
      Snapshot snapshot,
      StagingArea staging,
      PublicationPlan plan,
      ParquetMemory memory) {
    this.storage = storage;
    this.snapshot = snapshot;
    this.staging = staging;
    this.plan = plan;
    this.memory = memory;
    snapshot.files().forEach(file -> kept.put(file.path(), file));
    Map<StoragePath, StagedChange> changes = new HashMap<>();
    for (StagedChange change : plan.changes()) {
      boolean known = kept.remove(change.target()) != null;
      if (changes.put(change.target(), change) != null || known == change instanceof Add) {
        throw new IllegalArgumentException("Not a change of this snapshot: " + change);
      }
    }
  }

  /**
   * Publishes.
   *
   * @param startCommit run right before the first file of the target is touched; may throw to stop
   *     the merge
   * @throws MergeException.Conflict if someone else changed the target since the snapshot; it is as
   *     they left it
   * @throws MergeException.InputOutput if a step failed; the target is as it was
   * @throws MergeException.OutcomeUnknown if a step failed and could not be taken back; the staging
   *     area is kept
   */
  public void publish(Runnable startCommit) {
    checkStagedFiles();
    if (plan.changes().isEmpty()) {
      startCommit.run();
      return;
    }
    try {
      if (isNewDirectory()) {
        fillNewDirectory();
      } else {
        prepareForTakingBack();
      }
      storage.syncDirectory(staging.directory());
    } catch (IOException failure) {
      // A file of the target that is gone fails here first, and is a conflict all the same.
      snapshot.verifyUnchanged();
      throw StorageFailure.of("prepare the files to publish in " + staging.directory(), failure);
    }
    snapshot.verifyUnchanged();
    startCommit.run();
    makeVisible();
  }

  /**
   * Reads the footer of every staged file back, and checks that no row was lost or doubled on the
   * way.
   */
  private void checkStagedFiles() {
    long after = kept.values().stream().mapToLong(TargetFile::rows).sum();
    for (StagedChange change : plan.changes()) {
      StagedFile staged = stagedFile(change);
      if (staged != null) {
        check(staged);
        after += staged.rows();
      }
    }
    long before = snapshot.rows();
    if (before + plan.inserted() - plan.deleted() != after) {
      throw defect(
          String.format(
              "%d rows plus %d inserted minus %d deleted do not make the %d rows that were written",
              before, plan.inserted(), plan.deleted(), after));
    }
  }

  private void check(StagedFile staged) {
    if (!staging.isSynced(staged.path())) {
      throw defect("The staged file " + staged.path() + " was not synced");
    }
    long rows;
    try (StorageInput input = storage.open(staged.path())) {
      rows = ParquetFooter.read(input, memory).rows();
    } catch (IOException failure) {
      throw StorageFailure.of("read back what was written", failure);
    } catch (MergeException.BadData malformed) {
      IllegalStateException failure =
          defect("The staged file " + staged.path() + " cannot be read back");
      failure.initCause(malformed);
      throw failure;
    }
    if (rows != staged.rows()) {
      throw defect(
          String.format(
              "The staged file %s holds %d rows instead of %d",
              staged.path(), rows, staged.rows()));
    }
  }

  private static IllegalStateException defect(String problem) {
    return new IllegalStateException(
        problem + ". This is a defect of Keymerge; the target is as it was.");
  }

  private boolean isNewDirectory() {
    return !snapshot.exists() && snapshot.kind() == TargetKind.DIRECTORY;
  }

  /** Puts the files of a directory that does not exist yet together, still in the staging area. */
  private void fillNewDirectory() throws IOException {
    Set<StoragePath> directories = new LinkedHashSet<>();
    for (StagedChange change : plan.changes()) {
      if (change instanceof Add add) {
        StoragePath file =
            staging.newDirectory().resolve(add.target().relativeTo(snapshot.target()));
        StoragePath directory = file.parent();
        storage.createDirectories(directory);
        storage.replace(add.staged().path(), file);
        while (directories.add(directory) && !directory.equals(staging.newDirectory())) {
          directory = directory.parent();
        }
      }
    }
    for (StoragePath directory : directories) {
      storage.syncDirectory(directory);
    }
  }

  /** Keeps what taking a rename back needs, and gives new files the permissions of old ones. */
  private void prepareForTakingBack() throws IOException {
    int number = 0;
    for (StagedChange change : plan.changes()) {
      StoragePath second = staging.path("previous-" + number++);
      if (change instanceof Replace replace) {
        storage.copyAttributes(replace.target(), replace.staged().path());
        storage.duplicate(replace.target(), second);
        previous.put(replace.target(), second);
      } else if (change instanceof Add add && !snapshot.files().isEmpty()) {
        storage.copyAttributes(snapshot.files().get(0).path(), add.staged().path());
      } else if (change instanceof Remove remove) {
        previous.put(remove.target(), second);
      }
    }
  }

  /**
   * Changes the target: the commit point lies before the first step here.
   *
   * <p>An interrupt has to wait until this is over: it could otherwise cut a step in two.
   */
  private void makeVisible() {
    boolean interrupted = Thread.interrupted();
    Undo undo = new Undo(storage);
    try {
      renameAll(undo);
      for (StoragePath directory : undo.directories()) {
        storage.syncDirectory(directory);
      }
    } catch (IOException failure) {
      takeBack(undo, failure);
      throw new MergeException.InputOutput(
          "Cannot publish the merge into "
              + snapshot.target()
              + ", which is as it was: "
              + failure.getMessage(),
          StorageFailure.remedy(failure),
          failure);
    } catch (RuntimeException | Error failure) {
      takeBack(undo, failure);
      throw failure;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void renameAll(Undo undo) throws IOException {
    if (isNewDirectory()) {
      move(staging.newDirectory(), snapshot.target(), undo);
      return;
    }
    for (StagedChange change : plan.changes()) {
      if (change instanceof Replace replace) {
        undo.replacing(replace.target(), previousOf(replace));
        storage.replace(replace.staged().path(), replace.target());
      }
    }
    for (StagedChange change : plan.changes()) {
      if (change instanceof Add add) {
        makeDirectories(add.target().parent(), undo);
        move(add.staged().path(), add.target(), undo);
      }
    }
    for (StagedChange change : plan.changes()) {
      if (change instanceof Remove remove) {
        move(remove.target(), previousOf(remove), undo);
      }
    }
  }

  private void makeDirectories(StoragePath directory, Undo undo) throws IOException {
    Deque<StoragePath> missing = new ArrayDeque<>();
    StoragePath ancestor = directory;
    while (storage.status(ancestor).isEmpty()) {
      missing.push(ancestor);
      ancestor = ancestor.parent();
    }
    for (StoragePath made : missing) {
      undo.making(made);
      storage.createDirectories(made);
    }
  }

  private void move(StoragePath file, StoragePath destination, Undo undo) throws IOException {
    if (storage.status(destination).isPresent()) {
      throw new MergeException.Conflict(
          "Someone put something where the merge puts its own: " + destination + ".",
          "Make sure that nothing else writes there, and run the merge again.");
    }
    undo.moving(file, destination);
    storage.replace(file, destination);
  }

  private StoragePath previousOf(StagedChange change) {
    StoragePath path = previous.get(change.target());
    if (path == null) {
      throw new IllegalStateException("Not prepared: " + change);
    }
    return path;
  }

  private void takeBack(Undo undo, Throwable cause) {
    List<StoragePath> failed = undo.run(cause);
    if (failed.isEmpty()) {
      return;
    }
    staging.keep();
    throw new MergeException.OutcomeUnknown(
        "Publishing the merge into "
            + snapshot.target()
            + " failed half-way ("
            + cause.getMessage()
            + "), and these could not be put back: "
            + failed.stream().map(StoragePath::text).collect(Collectors.joining(", "))
            + ".",
        "No original has been deleted: each stands in the target or in "
            + staging.directory()
            + ". Do not run another merge before the target is whole again. "
            + mapping(failed),
        cause);
  }

  /** Tells which kept original belongs where. */
  private String mapping(List<StoragePath> failed) {
    return failed.stream()
        .filter(previous::containsKey)
        .map(file -> previous.get(file) + " is the original of " + file + ".")
        .collect(Collectors.joining(" "));
  }

  private static @Nullable StagedFile stagedFile(StagedChange change) {
    if (change instanceof Replace replace) {
      return replace.staged();
    }
    return change instanceof Add add ? add.staged() : null;
  }
}
