package dev.keymerge.testdata.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.internal.column.columnindex.BoundaryOrder;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Holds a claim that values lie between two others, in the order that the column's type defines.
 */
final class ValueBounds {

  private static final int FLOAT16_MAGNITUDE = 0x7fff;
  private static final int FLOAT16_INFINITY = 0x7c00;

  private final Statistics<?> statistics;

  private ValueBounds(Statistics<?> statistics) {
    this.statistics = statistics;
  }

  /** Gives the claim of statistics, or null when they make none. */
  static @Nullable ValueBounds of(@Nullable Statistics<?> statistics) {
    if (statistics == null
        || !statistics.hasNonNullValue()
        || statistics.type().getPrimitiveTypeName() == PrimitiveTypeName.INT96) {
      return null;
    }
    return new ValueBounds(statistics);
  }

  /** Gives the claim for each page of a column index; null for a page without values. */
  static List<@Nullable ValueBounds> of(PrimitiveType type, ColumnIndex index) {
    List<@Nullable ValueBounds> bounds = new ArrayList<>();
    for (int page = 0; page < index.getNullPages().size(); page++) {
      if (index.getNullPages().get(page)) {
        bounds.add(null);
      } else {
        bounds.add(
            of(
                Statistics.getBuilderForReading(type)
                    .withMin(bytes(index.getMinValues().get(page)))
                    .withMax(bytes(index.getMaxValues().get(page)))
                    .withNumNulls(0)
                    .build()));
      }
    }
    return bounds;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return copy;
  }

  /** Tells whether a value is where the claim says; NaN lies outside of every order. */
  boolean hold(Comparable<?> value) {
    return isNan(value) || (compare(value, true) <= 0 && compare(value, false) >= 0);
  }

  private boolean isNan(Comparable<?> value) {
    if (value instanceof Binary binary
        && statistics.type().getLogicalTypeAnnotation() instanceof Float16LogicalTypeAnnotation) {
      int bits = binary.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getShort();
      return (bits & FLOAT16_MAGNITUDE) > FLOAT16_INFINITY;
    }
    return value.equals(Float.NaN) || value.equals(Double.NaN);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // statistics and values are of one physical type
  private int compare(Comparable<?> value, boolean withLeast) {
    Statistics raw = statistics;
    return withLeast
        ? raw.compareMinToValue((Comparable) value)
        : raw.compareMaxToValue((Comparable) value);
  }

  /** Tells whether pages follow each other in the order that a column index claims for them. */
  static boolean follow(BoundaryOrder order, List<@Nullable ValueBounds> pages) {
    ValueBounds previous = null;
    for (ValueBounds next : pages) {
      if (previous != null && next != null && !previous.isFollowedBy(order, next)) {
        return false;
      }
      previous = next == null ? previous : next;
    }
    return true;
  }

  private boolean isFollowedBy(BoundaryOrder order, ValueBounds next) {
    int least = compare((Comparable<?>) next.statistics.genericGetMin(), true);
    int greatest = compare((Comparable<?>) next.statistics.genericGetMax(), false);
    return switch (order) {
      case UNORDERED -> true;
      case ASCENDING -> least <= 0 && greatest <= 0;
      case DESCENDING -> least >= 0 && greatest >= 0;
    };
  }

  @Override
  public String toString() {
    return statistics.minAsString() + " to " + statistics.maxAsString();
  }
}
