package dev.keymerge.internal.parquet;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.format.ColumnOrder;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the bytes of a schema that uses annotations or column orders of a later version of the
 * format, and writes them to new footers.
 *
 * <p>The parsed structure has lost what it does not know, and cannot even be written. Immutable.
 */
final class VerbatimSchema {
  private static final int SCHEMA = 2;
  private static final int COLUMN_ORDERS = 7;

  /** Header of the version, which is the first field: one field further, an integer. */
  private static final int VERSION_HEADER = 0x15;

  /** Header of a list that is one field further, as the schema is after the version. */
  private static final int LIST_HEADER = 0x19;

  private final byte[] elements;
  private final byte @Nullable [] orders;

  private VerbatimSchema(byte[] elements, byte @Nullable [] orders) {
    this.elements = elements;
    this.orders = orders;
  }

  /**
   * Returns the schema in the footer at {@code from} to {@code to}, or null if {@code parsed} has
   * all of it.
   */
  static @Nullable VerbatimSchema ifNeeded(FileMetaData parsed, byte[] footer, int from, int to) {
    boolean ordersKnown =
        !parsed.isSetColumn_orders()
            || parsed.getColumn_orders().stream().allMatch(ColumnOrder::isSet);
    boolean annotationsKnown =
        parsed.getSchema().stream()
            .filter(SchemaElement::isSetLogicalType)
            .allMatch(element -> element.getLogicalType().isSet());
    if (ordersKnown && annotationsKnown) {
      return null;
    }
    byte[] elements = ThriftShape.field(footer, from, to, SCHEMA);
    if (elements == null) {
      throw new MalformedParquetException("its footer has no schema");
    }
    return new VerbatimSchema(
        elements, ordersKnown ? null : ThriftShape.field(footer, from, to, COLUMN_ORDERS));
  }

  /**
   * Returns whether the column orders are kept as bytes too; else the parsed structure has all of
   * them.
   */
  boolean includesOrders() {
    return orders != null;
  }

  /** Writes {@code metadata} with this schema in place of its own. */
  void write(FileMetaData metadata, OutputStream out) throws IOException {
    FileMetaData rest = new FileMetaData(metadata);
    rest.setSchema(List.of());
    if (orders != null) {
      rest.unsetColumn_orders();
    }
    out.write(VERSION_HEADER);
    int version = (metadata.getVersion() << 1) ^ (metadata.getVersion() >> 31);
    int versionBytes = writeVarint(version, out);
    out.write(LIST_HEADER);
    out.write(elements);
    // What is replaced: both headers, the version, and an empty list of one byte.
    Middle middle = new Middle(out, versionBytes + 3);
    Util.writeFileMetaData(rest, middle);
    if (orders != null) {
      out.write(LIST_HEADER);
      out.write(orders);
    }
    out.write(0);
  }

  private static int writeVarint(int value, OutputStream out) throws IOException {
    int bytes = 1;
    int rest = value;
    while ((rest & ~0x7F) != 0) {
      out.write((rest & 0x7F) | 0x80);
      rest >>>= 7;
      bytes++;
    }
    out.write(rest);
    return bytes;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VerbatimSchema schema
        && Arrays.equals(elements, schema.elements)
        && Arrays.equals(orders, schema.orders);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(elements);
  }

  /**
   * Lets through all bytes but a given number at the start and the one at the end, which ends the
   * structure.
   */
  private static final class Middle extends FilterOutputStream {
    private long skipped;
    private int held = -1;

    Middle(OutputStream out, int skipped) {
      super(out);
      this.skipped = skipped;
    }

    @Override
    public void write(int value) throws IOException {
      if (skipped > 0) {
        skipped--;
        return;
      }
      if (held >= 0) {
        out.write(held);
      }
      held = value & 0xFF;
    }
  }
}
