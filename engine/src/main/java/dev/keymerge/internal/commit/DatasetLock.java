package dev.keymerge.internal.commit;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageLock;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a dataset for one operation that may change it, against all others in this process and in
 * others, until it is closed or the process ends.
 *
 * <p>The lock is one of the operating system on the file {@code lock} in the dataset's {@link
 * DatasetHome}, so that the lock of a dead process is free. It is never taken from a live one,
 * however old it is. A directory may have things in two homes, the one inside it and the one from
 * which it was made; whoever holds the first holds the second too, if that exists. A dataset that
 * lies in one that is held counts as held, too. Closing removes what the lock has made and nobody
 * uses.
 *
 * <p>Not thread-safe.
 */
public final class DatasetLock implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(DatasetLock.class);
  private static final long POLL_MILLIS = 50;
  private static final int HOLD_ATTEMPTS = 1000;

  private final Storage storage;
  private final StoragePath target;
  private final LockRequest request;
  private final Deque<Held> held = new ArrayDeque<>();

  private DatasetLock(Storage storage, StoragePath target, LockRequest request) {
    this.storage = storage;
    this.target = target;
    this.request = request;
  }

  /** Ties the lock of one home to the directories that were made for it. */
  private record Held(StorageLock lock, HomeDirectory directory) {}

  /**
   * Locks the dataset at {@code target}, which need not exist; the caller closes the lock.
   *
   * @throws MergeException.Conflict if someone holds it longer than the request has patience
   */
  public static DatasetLock acquire(Storage storage, StoragePath target, LockRequest request)
      throws IOException {
    DatasetLock lock = new DatasetLock(storage, target, request);
    long start = System.nanoTime();
    boolean waiting = false;
    while (true) {
      request.whileWaiting().run();
      DatasetHome busy = lock.tryAcquire();
      if (busy == null) {
        return lock;
      }
      if (System.nanoTime() - start >= request.patience().toNanos()) {
        throw lock.inUse(busy);
      }
      if (!waiting) {
        waiting = true;
        request.onWait().run();
      }
      pause();
    }
  }

  /** Waits a moment; an interrupt is kept for those who ask for it. */
  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new MergeException.Cancelled(
          "Interrupted while waiting for the lock of the dataset; nothing was changed.",
          "Run the command again when you like.");
    }
  }

  /** Locks every home, or none and returns the one that someone else holds. */
  private @Nullable DatasetHome tryAcquire() throws IOException {
    boolean locked = false;
    try {
      DatasetHome busy = holdAll();
      locked = busy == null;
      return busy;
    } finally {
      // However it fails: who cannot be told that it is held could never release it.
      if (!locked) {
        close();
      }
    }
  }

  private @Nullable DatasetHome holdAll() throws IOException {
    while (true) {
      List<DatasetHome> homes = homes();
      for (DatasetHome home : homes) {
        if (!tryHold(home)) {
          return home;
        }
      }
      // The target may have come or gone before the lock was there, and its home with it.
      if (homes.equals(homes())) {
        return new OverlappingDatasets(storage, target).heldAround().orElse(null);
      }
      close();
    }
  }

  private List<DatasetHome> homes() throws IOException {
    List<DatasetHome> places = DatasetHome.places(storage, target);
    List<DatasetHome> homes = new ArrayList<>();
    for (DatasetHome place : places) {
      if (homes.isEmpty()
          || storage.status(place.directory()).filter(FileStatus::directory).isPresent()) {
        homes.add(place);
      }
    }
    return homes;
  }

  private boolean tryHold(DatasetHome home) throws IOException {
    for (int attempt = 1; ; attempt++) {
      HomeDirectory directory = HomeDirectory.make(storage, home);
      Optional<StorageLock> lock;
      try {
        lock = storage.tryLock(home.lock());
      } catch (NoSuchFileException goneAgain) {
        // The holder before removed the home when it was done.
        if (attempt == HOLD_ATTEMPTS) {
          directory.removeIfUnused();
          throw goneAgain;
        }
        request.whileWaiting().run();
        continue;
      } catch (AccessDeniedException denied) {
        directory.removeIfUnused();
        throw notPermitted(home, denied);
      } catch (IOException failure) {
        directory.removeIfUnused();
        throw failure;
      }
      if (lock.isEmpty()) {
        directory.removeIfUnused();
        return false;
      }
      held.push(new Held(lock.get(), directory));
      share(home);
      describe(request.id());
      return true;
    }
  }

  /**
   * Tells those who find the dataset locked that it is held for the operation {@code id}.
   *
   * @throws ClosedChannelException if it is no longer held
   */
  public void describe(String id) throws ClosedChannelException {
    String text = LockHolder.current(request.operation(), id).text();
    for (Held each : held) {
      try {
        each.lock().write(text);
      } catch (ClosedChannelException lost) {
        throw lost;
      } catch (IOException failure) {
        // Nobody is kept out by the text, and a full disk must not keep anyone from tidying up.
        LOGGER.debug("The lock {} does not name its holder", each.lock().path(), failure);
      }
    }
  }

  /** Lets all who may change the dataset lock it after this process, however that ends. */
  private void share(DatasetHome home) {
    try {
      storage.copyAttributes(home.directory(), home.lock());
    } catch (IOException notOurs) {
      LOGGER.debug("The lock {} stays as it is", home.lock(), notOurs);
    }
  }

  private MergeException notPermitted(DatasetHome home, AccessDeniedException denied) {
    return new MergeException.InputOutput(
        "Cannot lock the dataset " + target + ": " + denied.getMessage() + ".",
        "Run the command as a user who may change the directory of the dataset and "
            + home.directory()
            + ". If another user's command was killed and has left the lock there, that user can run"
            + " keymerge recover.",
        denied);
  }

  private MergeException.Conflict inUse(DatasetHome busy) throws IOException {
    boolean waited = !request.patience().isZero();
    boolean around = !busy.target().equals(target);
    return new MergeException.Conflict(
        "The dataset "
            + busy.target()
            + (around ? ", in which " + target + " lies," : "")
            + " is in use"
            + (waited ? ", and still was after " + request.patience().toSeconds() + " s" : "")
            + ": "
            + holder(storage, busy)
            + ".",
        "Wait until it is done ("
            + (waited ? "a longer --wait" : "--wait 10m")
            + " does that for you), or stop that process.");
  }

  /** Returns who holds the lock of {@code home}, as the subject and verb of a sentence. */
  static String holder(Storage storage, DatasetHome home) throws IOException {
    try {
      return LockHolder.parse(storage.lockText(home.lock()))
          .map(LockHolder::describe)
          .orElse("another process holds it");
    } catch (AccessDeniedException closed) {
      return "another user's process holds it, or has left its lock when it was killed";
    }
  }

  @Override
  public void close() {
    while (!held.isEmpty()) {
      Held each = held.pop();
      try (StorageLock lock = each.lock()) {
        storage.delete(lock.path());
        each.directory().removeIfUnused();
      } catch (IOException | RuntimeException | Error failure) {
        // What was done under the lock is done; nothing that follows may look like its failure.
        LOGGER.warn(
            "The lock {} is released, but its file may remain", each.lock().path(), failure);
      }
    }
  }
}
