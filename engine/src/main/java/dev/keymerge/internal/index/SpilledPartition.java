package dev.keymerge.internal.index;

import dev.keymerge.internal.key.KeyShape;
import dev.keymerge.internal.key.ValueRows;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a partition's rows on disk as they came; which of them win is settled when they are read
 * back.
 *
 * <p>What the partition held in memory before stands first, so that reading back sees the rows in
 * the order in which memory would have.
 */
final class SpilledPartition implements KeyPartition {
  private final RowFormat format;
  private final SpillWriter writer;
  private final boolean crowded;
  private @Nullable SpillStream stream;
  private long rows;

  /**
   * Creates a partition with what {@code former} holds, which may be closed afterwards.
   *
   * @param writer where rows go; owned
   */
  SpilledPartition(RowFormat format, SpillWriter writer, ResidentPartition former) {
    this.format = format;
    this.writer = writer;
    this.crowded = former.table().crowded();
    this.rows = former.keys();
    former.spillTo(writer, format.order() != RowFormat.OrderShape.NONE);
  }

  /** Returns whether so many keys share a hash that they should be sorted rather than hashed. */
  boolean crowded() {
    return crowded;
  }

  /** Returns how many rows were taken in, of which several may have one key. */
  long rows() {
    return rows;
  }

  @Override
  public long keys() {
    return 0;
  }

  @Override
  public long touch(long keyHash) {
    return 0;
  }

  @Override
  public void add(SourceRows source, int row, long keyHash) {
    ValueRows order = source.order();
    if (order == null) {
      format.write(writer, source.states()[row], source.keys(), row);
    } else {
      format.write(writer, source.states()[row], source.keys(), row, order);
    }
    rows++;
  }

  /** Gives the writer's memory back until the next row. */
  void pause() {
    writer.pause();
  }

  /** Ends adding and gives the writer's memory back. */
  void finish() {
    stream = writer.finish();
  }

  /** Returns the rows, which stay owned. */
  SpillStream stream() {
    SpillStream finished = stream;
    if (finished == null) {
      throw new IllegalStateException("The rows are not finished, or taken already");
    }
    return finished;
  }

  /** Returns about how much memory a table of the rows takes, if all keys are distinct. */
  long tableBytes() {
    long perKey = format.shape() == KeyShape.BYTES ? 2L * Long.BYTES : 0;
    long rowBytes = rows == 0 ? 0 : stream().bytes() / rows + perKey;
    return KeyTable.slotBytesFor(rows) + KeyTable.roomFor(rows) * rowBytes;
  }

  /** Hands over the rows, which the caller closes. */
  SpillStream take() {
    SpillStream finished = stream();
    stream = null;
    return finished;
  }

  @Override
  public void close() {
    writer.close();
    SpillStream finished = stream;
    if (finished != null) {
      stream = null;
      finished.close();
    }
  }
}
