package dev.keymerge.internal.parquet;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.PrimitiveType;

/**
 * Reads one chunk of a column without repetition into Arrow vectors, every row or selected ones,
 * forward only.
 *
 * <p>Owns its page reader; {@link #close} gives all memory back. The vectors are the caller's, and
 * so is their memory: what they held before is released, what they hold afterwards is theirs.
 * Whatever is wrong with the file is reported as {@link dev.keymerge.MergeException.BadData}; the
 * vector's content is undefined then.
 *
 * <p>Not thread-safe.
 */
public final class FlatColumnReader implements AutoCloseable {
  private final ColumnPageReader pages;
  private final Field field;
  private final BufferAllocator allocator;
  private final VectorFiller filler;
  private final int maxDefinition;
  private final int[] picks = new int[VectorFiller.BATCH];

  /**
   * Whether a page is loaded; entry and value are places in it, and the value is that of the entry
   * or the next one.
   */
  private boolean onPage;

  private int entry;
  private int value;
  private long nextRow;

  /**
   * The least row that can still be selected: the last one that was selected, or the one after
   * those that were read.
   */
  private long leastRow;

  private FlatColumnReader(
      ColumnPageReader pages, Field field, BufferAllocator allocator, VectorFiller filler) {
    this.pages = pages;
    this.field = field;
    this.allocator = allocator;
    this.filler = filler;
    this.maxDefinition = pages.leaf().getMaxDefinitionLevel();
  }

  /** Creates the reader over {@code pages} and takes them over; they are closed if this fails. */
  static FlatColumnReader open(ColumnPageReader pages, Field field, BufferAllocator allocator) {
    try {
      ColumnDescriptor leaf = pages.leaf();
      ArrowType type = ArrowTypes.arrowType(leaf.getPrimitiveType());
      if (leaf.getMaxRepetitionLevel() > 0 || type == null || !type.equals(field.getType())) {
        throw new IllegalArgumentException(
            "Cannot read " + leaf + " of Arrow type " + type + " as " + field);
      }
      VectorFiller filler = filler(leaf.getPrimitiveType(), type, pages.scratch());
      return new FlatColumnReader(pages, field, allocator, filler);
    } catch (RuntimeException e) {
      pages.close();
      throw e;
    }
  }

  private static VectorFiller filler(PrimitiveType leaf, ArrowType type, ScratchArrays scratch) {
    int decimalBytes =
        type instanceof ArrowType.Decimal decimal ? decimal.getBitWidth() / Byte.SIZE : 0;
    boolean isDecimal = decimalBytes > 0;
    return switch (leaf.getPrimitiveTypeName()) {
      case BOOLEAN -> new NumberFillers.Booleans(scratch);
      case INT32 ->
          isDecimal ? new WideFillers.IntDecimals(scratch, decimalBytes) : ints(type, scratch);
      case INT64 ->
          isDecimal
              ? new WideFillers.LongDecimals(scratch, decimalBytes)
              : new NumberFillers.Longs(scratch);
      case FLOAT -> new NumberFillers.Ints(scratch);
      case DOUBLE -> new NumberFillers.Longs(scratch);
      case INT96 -> new WideFillers.Int96Timestamps(scratch);
      case BINARY ->
          isDecimal
              ? new WideFillers.BytesDecimals(scratch, decimalBytes)
              : new StringFiller(scratch);
      case FIXED_LEN_BYTE_ARRAY ->
          isDecimal
              ? new WideFillers.BytesDecimals(scratch, decimalBytes)
              : new WideFillers.Bytes(scratch, leaf.getTypeLength());
    };
  }

  private static VectorFiller ints(ArrowType type, ScratchArrays scratch) {
    if (!(type instanceof ArrowType.Int integer) || integer.getBitWidth() >= Integer.SIZE) {
      return new NumberFillers.Ints(scratch);
    }
    int bits = integer.getBitWidth();
    int least = integer.getIsSigned() ? -(1 << (bits - 1)) : 0;
    int greatest = least + (1 << bits) - 1;
    return new NumberFillers.Narrow(scratch, bits / Byte.SIZE, least, greatest);
  }

  /** Returns the field that vectors must have the type of. */
  public Field field() {
    return field;
  }

  /** Returns the number of rows of the row group. */
  public long rows() {
    return pages.rows();
  }

  /** Returns a new empty vector for this column; the caller closes it. */
  public FieldVector newVector() {
    return field.createVector(allocator);
  }

  /**
   * Reads the next {@code rows} rows, starting after the last one that was read, as the whole
   * content of {@code out}.
   *
   * @throws IllegalArgumentException if fewer rows are left, or the vector is of another type
   */
  public void read(int rows, FieldVector out) {
    if (rows < 0 || rows > pages.rows() - nextRow) {
      throw new IllegalArgumentException(
          "Cannot read "
              + rows
              + " rows of "
              + pages.place().text()
              + " from row "
              + nextRow
              + " of "
              + pages.rows());
    }
    checkType(out);
    try {
      filler.begin(out, rows);
      int done = 0;
      while (done < rows) {
        moveTo(nextRow);
        int count = Math.min(rows - done, pages.values().entries - entry);
        append(count);
        done += count;
        nextRow += count;
      }
      leastRow = nextRow;
      filler.finish(out, rows);
    } catch (RuntimeException e) {
      throw pages.place().failure(e);
    }
  }

  /** Appends entries of the current page from the current one on. */
  private void append(int count) {
    PageValues page = pages.values();
    int values = page.valuesIn(entry, entry + count, maxDefinition);
    if (values == count) {
      filler.range(page, value, count);
      entry += count;
      value += count;
      return;
    }
    int[] levels = levels(page);
    int end = entry + count;
    while (entry < end) {
      int length = Math.min(VectorFiller.BATCH, end - entry);
      for (int index = 0; index < length; index++) {
        boolean present = levels[entry + index] == maxDefinition;
        picks[index] = present ? value : VectorFiller.NULL;
        value += present ? 1 : 0;
      }
      filler.picked(page, picks, length);
      entry += length;
    }
  }

  /**
   * Reads {@code count} rows as the whole content of {@code out}; only pages that contain one of
   * them are decompressed.
   *
   * @param positions rows counted from the beginning of the row group, ascending, duplicates
   *     allowed, the first not before the last one that was read
   * @param from index of the first position
   * @throws IllegalArgumentException if the positions go back or leave the row group, or the vector
   *     is of another type
   */
  public void readSelected(int[] positions, int from, int count, FieldVector out) {
    checkType(out);
    checkPositions(positions, from, count);
    try {
      filler.begin(out, count);
      int done = 0;
      while (done < count) {
        moveTo(positions[from + done]);
        int taken = pick(positions, from + done, Math.min(VectorFiller.BATCH, count - done));
        filler.picked(pages.values(), picks, taken);
        done += taken;
      }
      filler.finish(out, count);
    } catch (RuntimeException e) {
      throw pages.place().failure(e);
    }
  }

  private void checkPositions(int[] positions, int from, int count) {
    long before = leastRow;
    for (int index = from; index < from + count; index++) {
      if (positions[index] < before || positions[index] >= pages.rows()) {
        throw new IllegalArgumentException(
            "Cannot read row "
                + positions[index]
                + " after row "
                + before
                + " in "
                + pages.place().text());
      }
      before = positions[index];
    }
  }

  /** Turns positions into picks as long as they lie in the current page and returns how many do. */
  private int pick(int[] positions, int from, int most) {
    PageValues page = pages.values();
    long first = pages.firstRow();
    long end = first + page.entries;
    boolean dense = page.valueCount == page.entries;
    int taken = 0;
    while (taken < most && positions[from + taken] < end) {
      int target = (int) (positions[from + taken] - first);
      if (dense) {
        picks[taken] = target;
        entry = target;
        value = target;
      } else {
        advanceTo(target);
        boolean present = levels(page)[target] == maxDefinition;
        picks[taken] = present ? value : VectorFiller.NULL;
      }
      taken++;
    }
    leastRow = first + entry;
    nextRow = leastRow + 1;
    return taken;
  }

  /** Makes the current entry the one of {@code row}, which is not before the current one. */
  private void moveTo(long row) {
    if (!onPage || row >= pages.firstRow() + pages.values().entries) {
      boolean follows = row == pages.followingRow();
      onPage = (follows || pages.skipTo(row)) && pages.next();
      if (!onPage) {
        throw new MalformedParquetException("its pages end before row " + row);
      }
      entry = 0;
      value = 0;
    }
    advanceTo((int) (row - pages.firstRow()));
  }

  private void advanceTo(int target) {
    value += pages.values().valuesIn(entry, target, maxDefinition);
    entry = target;
  }

  private static int[] levels(PageValues page) {
    int[] levels = page.definitionLevels;
    if (levels == null) {
      throw new MalformedParquetException("a page of a required column lacks values");
    }
    return levels;
  }

  private void checkType(FieldVector out) {
    if (!out.getField().getType().equals(field.getType())) {
      throw new IllegalArgumentException(
          "Cannot read " + field + " into a vector of " + out.getField());
    }
  }

  @Override
  public void close() {
    pages.close();
  }
}
