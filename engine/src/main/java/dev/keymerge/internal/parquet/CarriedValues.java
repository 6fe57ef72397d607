package dev.keymerge.internal.parquet;

import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/**
 * Writes entries of decoded pages to a column of the same type, levels and values as they are. Not
 * thread-safe.
 *
 * <p>One loop per physical type: nothing is chosen per value.
 */
final class CarriedValues {
  private final ColumnDescriptor leaf;
  private final ColumnWriter writer;
  private final RowCounter rows;
  private final @Nullable BlockSplitBloomFilter filter;
  private final ValueCopies copies;
  private final int top;

  /** Creates the writer; {@code filter} gets the hash of every value, null if none does. */
  CarriedValues(ColumnDescriptor leaf, ValueSink sink, @Nullable BlockSplitBloomFilter filter) {
    this.leaf = leaf;
    this.writer = sink.writer();
    this.rows = sink.rows();
    this.copies = sink.copies();
    this.filter = filter;
    this.top = leaf.getMaxDefinitionLevel();
  }

  /**
   * Writes entries {@code from} to {@code to}, whose values start at {@code value}; returns the
   * value after them.
   */
  int carry(PageValues page, int from, int to, int value) {
    switch (leaf.getPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN:
        return booleans(page, from, to, value);
      case INT32:
        return ints(page, from, to, value);
      case FLOAT:
        return floats(page, from, to, value);
      case INT64:
        return longs(page, from, to, value);
      case DOUBLE:
        return doubles(page, from, to, value);
      case BINARY:
      case FIXED_LEN_BYTE_ARRAY:
      case INT96:
        return bytes(page, from, to, value);
    }
    throw new IllegalStateException("Unknown physical type of " + leaf);
  }

  private int booleans(PageValues page, int from, int to, int value) {
    int next = value;
    for (int entry = from; entry < to; entry++) {
      int repetition = repetition(page, entry);
      int definition = definition(page, entry);
      rows.entry(repetition);
      if (definition < top) {
        writer.writeNull(repetition, definition);
      } else {
        writer.write(page.ints[next++] != 0, repetition, definition);
      }
    }
    return next;
  }

  private int ints(PageValues page, int from, int to, int value) {
    int next = value;
    for (int entry = from; entry < to; entry++) {
      int repetition = repetition(page, entry);
      int definition = definition(page, entry);
      rows.entry(repetition);
      if (definition < top) {
        writer.writeNull(repetition, definition);
      } else {
        int carried = page.ints[next++];
        if (filter != null) {
          filter.insertHash(filter.hash(carried));
        }
        writer.write(carried, repetition, definition);
      }
    }
    return next;
  }

  private int floats(PageValues page, int from, int to, int value) {
    int next = value;
    for (int entry = from; entry < to; entry++) {
      int repetition = repetition(page, entry);
      int definition = definition(page, entry);
      rows.entry(repetition);
      if (definition < top) {
        writer.writeNull(repetition, definition);
      } else {
        float carried = Float.intBitsToFloat(page.ints[next++]);
        if (filter != null) {
          filter.insertHash(filter.hash(carried));
        }
        writer.write(carried, repetition, definition);
      }
    }
    return next;
  }

  private int longs(PageValues page, int from, int to, int value) {
    int next = value;
    for (int entry = from; entry < to; entry++) {
      int repetition = repetition(page, entry);
      int definition = definition(page, entry);
      rows.entry(repetition);
      if (definition < top) {
        writer.writeNull(repetition, definition);
      } else {
        long carried = page.longs[next++];
        if (filter != null) {
          filter.insertHash(filter.hash(carried));
        }
        writer.write(carried, repetition, definition);
      }
    }
    return next;
  }

  private int doubles(PageValues page, int from, int to, int value) {
    int next = value;
    for (int entry = from; entry < to; entry++) {
      int repetition = repetition(page, entry);
      int definition = definition(page, entry);
      rows.entry(repetition);
      if (definition < top) {
        writer.writeNull(repetition, definition);
      } else {
        double carried = Double.longBitsToDouble(page.longs[next++]);
        if (filter != null) {
          filter.insertHash(filter.hash(carried));
        }
        writer.write(carried, repetition, definition);
      }
    }
    return next;
  }

  private int bytes(PageValues page, int from, int to, int value) {
    int next = value;
    for (int entry = from; entry < to; entry++) {
      int repetition = repetition(page, entry);
      int definition = definition(page, entry);
      rows.entry(repetition);
      if (definition < top) {
        writer.writeNull(repetition, definition);
      } else {
        copies.expect(page.lengths[next]);
        Binary carried =
            Binary.fromReusedByteArray(page.bytes, page.starts[next], page.lengths[next]);
        next++;
        if (filter != null) {
          filter.insertHash(filter.hash(carried));
        }
        writer.write(carried, repetition, definition);
      }
    }
    return next;
  }

  private static int repetition(PageValues page, int entry) {
    int[] levels = page.repetitionLevels;
    return levels == null ? 0 : levels[entry];
  }

  private int definition(PageValues page, int entry) {
    int[] levels = page.definitionLevels;
    return levels == null ? top : levels[entry];
  }
}
