package dev.keymerge.internal.plan;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Gives the rows of a source, frozen, as often as they are needed; a row's ordinal (0-based, in
 * source order) is its identity.
 *
 * <p>Columns go by the target's names and come in the target's Arrow types: conversion without loss
 * happens here, and a value that does not fit fails with {@link
 * dev.keymerge.MergeException.BadData} naming column, row and value.
 *
 * <p>Thread-safe: scans and lookups are independent of each other and owned by their callers.
 */
public interface SourceTable extends AutoCloseable {
  /** Returns the columns that the source has, as aligned to the target. */
  Schema schema();

  /**
   * Returns the columns whose conversion may fail on some value: whoever wants a failure not to
   * depend on which rows are used scans them all once.
   */
  List<String> checkedColumns();

  /** Returns how many rows there are. */
  long rows();

  /**
   * Starts reading {@code columns} of all rows in source order; the caller closes the scan before
   * the allocator.
   */
  SourceScan scan(List<String> columns, BufferAllocator allocator) throws IOException;

  /**
   * Prepares fetching single rows of one column; the caller closes the lookup before the allocator.
   */
  SourceLookup lookup(String column, BufferAllocator allocator) throws IOException;

  /**
   * Returns texts that are the same, in the same order, only for a source of the same rows in the
   * same order.
   */
  Stream<String> identity();

  /**
   * Fails if what the rows are read from is not what it was at the beginning; asked once more
   * before anything made of them counts.
   *
   * @throws dev.keymerge.MergeException.Conflict if somebody changed the source meanwhile
   */
  void checkUnchanged() throws IOException;

  /** Fetches values of one column by row ordinal. Not thread-safe. */
  interface SourceLookup extends AutoCloseable {
    /**
     * Fills {@code target}, a vector of the column's aligned type, so that its value i is that of
     * source row {@code ordinals[from + i]}.
     *
     * @param ordinals source rows in ascending order; the same row may stand several times
     * @param from first index in {@code ordinals}
     * @param count how many; the vector's value count afterwards
     */
    void fetch(long[] ordinals, int from, int count, FieldVector target) throws IOException;

    @Override
    void close();
  }

  @Override
  void close() throws IOException;
}
