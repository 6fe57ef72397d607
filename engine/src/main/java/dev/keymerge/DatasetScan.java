package dev.keymerge;

import dev.keymerge.internal.job.ScanJob;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Reads columns of a Parquet dataset chunk by chunk into Arrow vectors, under the memory budget of
 * the engine that it comes from.
 *
 * <pre>{@code
 * try (DatasetScan scan = engine.scan(Path.of("warehouse/orders"), List.of("order_id", "price"))) {
 *   while (scan.next()) {
 *     VectorSchemaRoot chunk = scan.chunk();
 *     ...
 *   }
 * }
 * }</pre>
 *
 * <p>Rows come in the order of the files' paths, and of the rows within a file. A chunk lies within
 * one row group. Its size adapts: it begins small, grows towards a share of the budget, shrinks by
 * a fifth and to half when memory becomes scarce, and down to a single row where not more fits.
 *
 * <p>The scan owns the chunk and reuses it: a chunk and its vectors are valid until the next call
 * of {@link #next} or {@link #close}, and whoever wants to keep values copies them, or transfers
 * the vectors to an allocator of its own with the means of Arrow; those of another root allocator
 * need a copy.
 *
 * <p>Open scans share the budget with merges. Nobody waits for a scan to be read on or closed:
 * while its reader is away, a scan gives back all but its chunk when others need the memory, and
 * reads a page again later. Its chunk takes a part of the budget until the scan is closed, so close
 * it soon.
 *
 * <p>For one thread at a time; {@link #cancel} and {@link #progress} may be called by any thread.
 */
public final class DatasetScan implements AutoCloseable {
  private final ScanJob job;

  DatasetScan(ScanJob job) {
    this.job = job;
  }

  /** Returns the columns of every chunk, in the order in which they were asked for. */
  public Schema schema() {
    return job.schema();
  }

  /**
   * Reads the next chunk and returns true, or returns false at the end.
   *
   * @throws MergeException.LimitExceeded if not even one row fits into memory
   * @throws MergeException.BadData if a file is damaged
   * @throws MergeException.Conflict if somebody changed a file since the scan began
   * @throws MergeException.Cancelled after {@link #cancel}
   */
  public boolean next() {
    return job.next();
  }

  /** Returns the chunk that was read last; before the first one, an empty one. */
  public VectorSchemaRoot chunk() {
    return job.chunk();
  }

  /** Returns how far the scan has come. */
  public ScanProgress progress() {
    return job.progress();
  }

  /** Has {@link #next} fail from now on, also where it is at work on another thread. */
  public void cancel() {
    job.cancel();
  }

  /** Gives back all memory and closes all files. Closing twice is harmless. */
  @Override
  public void close() {
    job.close();
  }
}
