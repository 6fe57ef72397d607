package dev.keymerge.internal.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.Encoding;

/**
 * Decodes the levels of data pages of one column into {@link PageValues} and counts rows and values
 * by them.
 *
 * <p>Every level is checked against the column's greatest. Not thread-safe.
 */
final class PageLevels {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final int maxRepetition;
  private final int maxDefinition;
  private final ScratchArrays scratch;
  private int[] repetitions = new int[0];
  private int[] definitions = new int[0];

  PageLevels(ColumnDescriptor leaf, ScratchArrays scratch) {
    this.maxRepetition = leaf.getMaxRepetitionLevel();
    this.maxDefinition = leaf.getMaxDefinitionLevel();
    this.scratch = scratch;
  }

  /**
   * Decodes the levels of a page of the first version, which stand before the values, and returns
   * where the values start.
   *
   * @param into gets levels and counts; its number of entries has been set
   */
  int decodeFirstVersion(byte[] page, int from, int to, LevelEncodings encodings, PageValues into) {
    int entries = into.entries;
    int position = from;
    if (maxRepetition > 0) {
      repetitions = scratch.ints(repetitions, entries);
      position =
          decode(page, position, to, encodings.repetition(), maxRepetition, repetitions, entries);
    }
    if (maxDefinition > 0) {
      definitions = scratch.ints(definitions, entries);
      position =
          decode(page, position, to, encodings.definition(), maxDefinition, definitions, entries);
    }
    count(into);
    return position;
  }

  /**
   * Decodes the levels of a page of the second version, which stand in two sections of known
   * length.
   *
   * @param into gets levels and counts; its number of entries has been set
   */
  void decodeSecondVersion(
      byte[] page, int from, int repetitionBytes, int definitionBytes, PageValues into) {
    int entries = into.entries;
    int middle = from + repetitionBytes;
    if (maxRepetition > 0) {
      repetitions = scratch.ints(repetitions, entries);
      RunLengths.unpackRuns(page, from, middle, width(maxRepetition), repetitions, entries);
    }
    if (maxDefinition > 0) {
      definitions = scratch.ints(definitions, entries);
      RunLengths.unpackRuns(
          page, middle, middle + definitionBytes, width(maxDefinition), definitions, entries);
    }
    count(into);
  }

  private static int decode(
      byte[] page, int from, int to, Encoding encoding, int max, int[] out, int count) {
    if (encoding == Encoding.BIT_PACKED) {
      return RunLengths.unpackHighestFirst(page, from, to, width(max), out, count);
    }
    if (encoding != Encoding.RLE) {
      throw new MalformedParquetException("the levels of a page are encoded as " + encoding);
    }
    int end = endOfRuns(page, from, to);
    RunLengths.unpackRuns(page, from + Integer.BYTES, end, width(max), out, count);
    return end;
  }

  /** Returns where runs end that start at {@code from} with their length in four bytes. */
  static int endOfRuns(byte[] page, int from, int to) {
    int left = to - from - Integer.BYTES;
    int length = left < 0 ? -1 : (int) INT.get(page, from);
    if (length < 0 || length > left) {
      throw new MalformedParquetException(
          "a section of a page is said to take " + length + " bytes where " + left + " are left");
    }
    return from + Integer.BYTES + length;
  }

  /** Returns how many bits a level up to {@code max} takes. */
  static int width(int max) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(max);
  }

  private void count(PageValues into) {
    int entries = into.entries;
    into.rows = entries;
    into.valueCount = entries;
    into.repetitionLevels = maxRepetition > 0 ? repetitions : null;
    into.definitionLevels = maxDefinition > 0 ? definitions : null;
    if (maxRepetition > 0) {
      into.rows = countLevel(repetitions, entries, 0, maxRepetition);
    }
    if (maxDefinition > 0) {
      into.valueCount = countLevel(definitions, entries, maxDefinition, maxDefinition);
    }
  }

  /**
   * Returns how many of the first {@code entries} levels are {@code wanted}.
   *
   * @throws MalformedParquetException if one is greater than {@code max}
   */
  static int countLevel(int[] levels, int entries, int wanted, int max) {
    int found = 0;
    int greatest = 0;
    for (int entry = 0; entry < entries; entry++) {
      int level = levels[entry];
      found += level == wanted ? 1 : 0;
      greatest = Math.max(greatest, level);
    }
    if (greatest > max) {
      throw new MalformedParquetException(
          "a page has a level of " + greatest + " where " + max + " is the greatest");
    }
    return found;
  }

  /** Tells how the two sections of levels of a page of the first version are encoded. */
  record LevelEncodings(Encoding repetition, Encoding definition) {}
}
