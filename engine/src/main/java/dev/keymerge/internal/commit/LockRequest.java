package dev.keymerge.internal.commit;

import java.time.Duration;

/**
 * Says who wants the lock of a dataset, and how patiently.
 *
 * @param operation what it is wanted for, one word, for those who find it held
 * @param id names the operation
 * @param patience how long to wait for whoever holds it; zero not to wait
 * @param whileWaiting run again and again until the lock is there; may throw to give up
 * @param onWait run once if the lock has to be waited for
 */
public record LockRequest(
    String operation, String id, Duration patience, Runnable whileWaiting, Runnable onWait) {

  /** Returns a request that fails at once when someone holds the lock. */
  public static LockRequest atOnce(String operation, String id) {
    return new LockRequest(operation, id, Duration.ZERO, () -> {}, () -> {});
  }
}
