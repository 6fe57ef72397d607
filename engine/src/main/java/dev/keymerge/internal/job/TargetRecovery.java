package dev.keymerge.internal.job;

import dev.keymerge.RecoveryResult;
import dev.keymerge.internal.commit.DatasetHome;
import dev.keymerge.internal.commit.DatasetLock;
import dev.keymerge.internal.commit.LockRequest;
import dev.keymerge.internal.commit.Recovery;
import dev.keymerge.internal.commit.StagingOwner;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Settles what interrupted merges have left before something else is done with a target. Stateless
 * apart from what it borrows.
 */
final class TargetRecovery {
  /** How long whoever only reads waits for a merge that is just being published. */
  private static final Duration PUBLISHING = Duration.ofSeconds(30);

  private static final RecoveryResult NOTHING =
      new RecoveryResult(RecoveryResult.Outcome.NOTHING_TO_DO, null, List.of(), List.of());

  private final Storage storage;
  private final MemoryBudget budget;

  TargetRecovery(Storage storage, MemoryBudget budget) {
    this.storage = storage;
    this.budget = budget;
  }

  /** Settles everything; the caller holds the lock of the dataset. */
  RecoveryResult beforeChanging(StoragePath target) {
    return new Recovery(storage, budget, area -> StagingOwner.sweep(storage, area)).run(target);
  }

  /** Settles everything but what can be resumed; the caller holds the lock of the dataset. */
  RecoveryResult beforeResuming(StoragePath target) {
    return new Recovery(storage, budget, area -> StagingOwner.sweepUnlessResumable(storage, area))
        .run(target);
  }

  /**
   * Completes a merge that is half published, for who only reads and so takes no lock: the lock is
   * taken for that alone.
   *
   * @param checkpoint run while the lock is waited for; throws to stop
   */
  RecoveryResult beforeReading(StoragePath target, Runnable checkpoint) throws IOException {
    if (!isPending(target)) {
      return NOTHING;
    }
    LockRequest request =
        new LockRequest("recover", UUID.randomUUID().toString(), PUBLISHING, checkpoint, () -> {});
    try (DatasetLock lock = DatasetLock.acquire(storage, target, request)) {
      return beforeResuming(target);
    }
  }

  /** Returns whether a merge into {@code target} may be half published. */
  boolean isPending(StoragePath target) throws IOException {
    for (DatasetHome home : DatasetHome.places(storage, target)) {
      if (storage.status(home.journal()).isPresent()) {
        return true;
      }
    }
    return false;
  }
}
