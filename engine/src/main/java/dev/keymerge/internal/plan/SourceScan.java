package dev.keymerge.internal.plan;

import java.io.IOException;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Reads columns of a source batch by batch in source order.
 *
 * <p>Not thread-safe. The scan owns the batch and reuses it: what {@link #batch} holds is valid
 * until the next {@link #next}.
 */
public interface SourceScan extends AutoCloseable {
  /** Loads the next batch and returns true, or returns false at the end. */
  boolean next() throws IOException;

  /**
   * Returns the loaded batch: one vector per asked column, in the order asked, in the target's
   * Arrow types.
   */
  VectorSchemaRoot batch();

  /** Returns the ordinal of the batch's first row. */
  long firstOrdinal();

  /**
   * Gives back what is held beside the batch; what follows is found again, at some cost, when the
   * next batch is read.
   */
  void releaseCursors();

  @Override
  void close();
}
