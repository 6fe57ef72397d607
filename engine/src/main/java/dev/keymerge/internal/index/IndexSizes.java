package dev.keymerge.internal.index;

import dev.keymerge.internal.key.KeyShape;

/**
 * Says how large an index is and what of it is on disk, so that a way to go on can be chosen.
 *
 * @param shape how keys are held
 * @param residentKeys keys in memory
 * @param spilledRows source rows on disk, of which several may have one key
 * @param recordBytes about how much a target key takes on disk
 * @param loads how often memory would be filled anew with what is on disk
 * @param unfitRows source rows in partitions on disk that memory cannot hold even alone
 * @param filtered whether a filter of all keys is at hand
 */
public record IndexSizes(
    KeyShape shape,
    long residentKeys,
    long spilledRows,
    long recordBytes,
    int loads,
    long unfitRows,
    boolean filtered) {
  static IndexSizes of(KeyIndex.Parts parts) {
    Partitions partitions = parts.partitions();
    long residentKeys = 0;
    long spilledRows = 0;
    long spilledBytes = 0;
    long free = partitions.memory().freeBytes();
    int loads = 0;
    long unfitRows = 0;
    for (int index = 0; index < partitions.count(); index++) {
      if (partitions.get(index) instanceof SpilledPartition spilled) {
        spilledRows += spilled.rows();
        spilledBytes += spilled.stream().bytes();
        if (spilled.crowded()) {
          unfitRows += spilled.rows();
        } else if (spilled.tableBytes() > partitions.memory().limitBytes()) {
          // That it does not fit is found by filling memory.
          unfitRows += spilled.rows();
          loads++;
          free = partitions.memory().limitBytes();
        } else if (spilled.tableBytes() > free) {
          loads++;
          free = partitions.memory().limitBytes() - spilled.tableBytes();
        } else {
          free -= spilled.tableBytes();
        }
      } else {
        residentKeys += partitions.get(index).keys();
      }
    }
    return new IndexSizes(
        parts.type().shape(),
        residentKeys,
        spilledRows,
        spilledRows == 0 ? 0 : spilledBytes / spilledRows,
        loads,
        unfitRows,
        partitions.filter() != null);
  }

  /** Returns all keys, counting those on disk by their rows. */
  public long keys() {
    return residentKeys + spilledRows;
  }

  /** Returns which part of the keys is on disk. */
  public double spilledShare() {
    return keys() == 0 ? 0 : (double) spilledRows / keys();
  }

  /** Returns which part of the keys memory can hold in no round. */
  public double unfitShare() {
    return keys() == 0 ? 0 : (double) unfitRows / keys();
  }
}
