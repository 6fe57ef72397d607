package dev.keymerge;

/** Follows one merge that runs in the background. Thread-safe. */
public interface MergeHandle {
  /**
   * Asks the merge to stop; harmless once it has ended. The target stays untouched unless the merge
   * is already being published; then it completes.
   */
  void cancel();

  /** Returns whether the merge has ended, one way or the other. */
  boolean done();

  /**
   * Waits for the end of the merge.
   *
   * @return what it did
   * @throws MergeException why it did not happen; {@link MergeException.Cancelled} after {@link
   *     #cancel}
   * @throws InterruptedException if the waiting thread is interrupted; the merge goes on
   */
  MergeResult await() throws InterruptedException;
}
