package dev.keymerge.internal.plan;

/**
 * Lists ordinals of source rows, ascending and without repetition, a block at a time.
 *
 * <p>Not thread-safe; each cursor is read by one thread. What it reads from must stay unchanged and
 * open meanwhile.
 */
public interface OrdinalCursor {
  /**
   * Fills {@code into} from its start with the next ordinals.
   *
   * @param into receives the ordinals; must not be empty
   * @return how many ordinals were written; 0 only at the end
   */
  int next(long[] into);
}
