package dev.keymerge.internal.parquet;

import org.jspecify.annotations.Nullable;

/**
 * Holds one decoded data page of a leaf column in its physical type: levels for every entry, values
 * densely for the entries that are not null.
 *
 * <p>Which value array is filled follows from the physical type:
 *
 * <table>
 *   <caption>Physical types and arrays</caption>
 *   <tr><th>type</th><th>array</th></tr>
 *   <tr><td>BOOLEAN</td><td>{@link #ints}, 0 or 1</td></tr>
 *   <tr><td>INT32</td><td>{@link #ints}</td></tr>
 *   <tr><td>FLOAT</td><td>{@link #ints}, raw bits</td></tr>
 *   <tr><td>INT64</td><td>{@link #longs}</td></tr>
 *   <tr><td>DOUBLE</td><td>{@link #longs}, raw bits</td></tr>
 *   <tr><td>BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, INT96</td><td>{@link #bytes} with {@link #starts} and {@link #lengths}</td></tr>
 * </table>
 *
 * <p>A reader owns one instance and reuses it: its content is valid until the reader advances.
 * Arrays may be longer than what they hold. Not thread-safe.
 */
public final class PageValues {
  /**
   * Number of level entries: one per row of a flat column, one or more per row of a repeated one.
   */
  public int entries;

  /** Number of rows that start in this page: entries whose repetition level is 0. */
  public int rows;

  /**
   * Definition level per entry; null when the column's greatest level is 0, that is when nothing
   * can be null.
   */
  public int @Nullable [] definitionLevels;

  /**
   * Repetition level per entry; null when the column's greatest level is 0, that is when it is
   * flat.
   */
  public int @Nullable [] repetitionLevels;

  /** Number of values, that is of entries whose definition level is the column's greatest. */
  public int valueCount;

  /** Values of BOOLEAN, INT32 and FLOAT columns. */
  public int[] ints = new int[0];

  /** Values of INT64 and DOUBLE columns. */
  public long[] longs = new long[0];

  /**
   * Backing bytes of variable and fixed length values; often the page or the dictionary itself,
   * never to be changed.
   */
  public byte[] bytes = new byte[0];

  /** Where each value starts in {@link #bytes}. */
  public int[] starts = new int[0];

  /** How long each value is in {@link #bytes}. */
  public int[] lengths = new int[0];

  PageValues() {}

  /**
   * Returns the first entry at which a row starts; entries before it go on with the last row of an
   * earlier page.
   */
  public int firstRowEntry() {
    return entryAfterRows(0, 0);
  }

  /**
   * Returns the entry at which the row starts that stands {@code count} rows after the one that
   * starts at {@code entry}, or {@link #entries} if the page ends first.
   */
  public int entryAfterRows(int entry, int count) {
    int[] repetitions = repetitionLevels;
    if (repetitions == null) {
      return Math.min(entries, entry + count);
    }
    int left = count;
    int at = entry;
    while (at < entries) {
      if (repetitions[at] == 0 && left-- == 0) {
        return at;
      }
      at++;
    }
    return entries;
  }

  /** Returns how many of the entries from {@code from} up to {@code to} hold a value. */
  public int valuesIn(int from, int to, int maxDefinitionLevel) {
    int[] definitions = definitionLevels;
    if (definitions == null || valueCount == entries) {
      return to - from;
    }
    int values = 0;
    for (int entry = from; entry < to; entry++) {
      if (definitions[entry] == maxDefinitionLevel) {
        values++;
      }
    }
    return values;
  }
}
