package dev.keymerge.internal.plan;

/**
 * Hears which target rows have keys of the source and which have none, in any order, each row once.
 *
 * <p>A target row's position counts all rows of the target before it, over files and row groups in
 * the order of the snapshot. One sink serves one thread.
 */
public interface MatchSink {
  /** Hears everything and keeps nothing: only what the source says of itself is wanted. */
  MatchSink NOBODY =
      new MatchSink() {
        @Override
        public void found(long position, long sourceRow, boolean deleteMarked) {
          // Nobody wants to know.
        }

        @Override
        public void absent(long position) {
          // Nobody wants to know.
        }
      };

  /** Hears that a target row has the key of the source row {@code sourceRow}, marked or not. */
  void found(long position, long sourceRow, boolean deleteMarked);

  /** Hears that the source lacks the key of a target row. */
  void absent(long position);
}
