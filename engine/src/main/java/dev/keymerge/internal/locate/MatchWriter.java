package dev.keymerge.internal.locate;

import dev.keymerge.NotMatchedBySourceAction;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.plan.RowGroupPlan;

/**
 * Notes what becomes of target rows that one thread hears about, as the rules of the merge say.
 *
 * <p>Not thread-safe. What is not finished when this is closed is dropped.
 */
public final class MatchWriter implements MatchSink, AutoCloseable {
  private final MatchBuckets buckets;
  private final MatchBuckets.Scatter scatter;
  private final LocateRules rules;
  private final boolean deleteOthers;

  MatchWriter(MatchBuckets buckets, LocateRules rules) {
    this.buckets = buckets;
    this.scatter = buckets.scatter();
    this.rules = rules;
    this.deleteOthers = rules.notMatchedBySource() == NotMatchedBySourceAction.DELETE;
  }

  @Override
  public void found(long position, long sourceRow, boolean deleteMarked) {
    switch (rules.matched()) {
      case UPDATE ->
          scatter.add(position, deleteMarked ? RowGroupPlan.deleteBy(sourceRow) : sourceRow);
      case DELETE -> scatter.add(position, RowGroupPlan.deleteBy(sourceRow));
      case KEEP -> {}
      case FAIL -> buckets.refuse(position, sourceRow);
      default -> throw new AssertionError(rules.matched());
    }
  }

  @Override
  public void absent(long position) {
    if (deleteOthers) {
      scatter.add(position, RowGroupPlan.DELETE);
    }
  }

  /** Hands everything over. */
  public void finish() {
    scatter.finish();
  }

  @Override
  public void close() {
    scatter.close();
  }
}
