package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.plan.SourceScan;
import dev.keymerge.internal.plan.SourceTable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Makes the values of a source's rows from their numbers, and counts how they are asked for. */
final class NumberedSource implements SourceTable {
  static final Field NUMBER = field("number", new ArrowType.Int(64, true), true);
  static final Field TEXT = field("text", ArrowType.Utf8.INSTANCE, true);
  static final Field MONEY = field("money", new ArrowType.Decimal(12, 2, 128), false);
  static final Field FLAG = field("flag", ArrowType.Bool.INSTANCE, true);
  static final List<Field> COLUMNS = List.of(NUMBER, TEXT, MONEY, FLAG);

  private static final int LONG_TEXT = 3000;

  private final long rows;

  NumberedSource(long rows) {
    this.rows = rows;
  }

  private static Field field(String name, ArrowType type, boolean nullable) {
    return new Field(name, new FieldType(nullable, type, null), null);
  }

  /** Puts the value of source row {@code ordinal} into {@code target}. */
  static void put(FieldVector target, int index, long ordinal) {
    boolean isNull = target.getField().isNullable() && ordinal % 7 == 3;
    if (isNull) {
      target.setNull(index);
    } else if (target instanceof BigIntVector numbers) {
      numbers.setSafe(index, -ordinal * 1_000_003);
    } else if (target instanceof VarCharVector texts) {
      String text = ordinal % 1000 == 1 ? "x".repeat(LONG_TEXT) : "";
      texts.setSafe(index, (text + ordinal).getBytes(StandardCharsets.UTF_8));
    } else if (target instanceof DecimalVector money) {
      money.setSafe(index, ordinal % 2 == 0 ? ordinal : -ordinal);
    } else if (target instanceof BitVector flags) {
      flags.setSafe(index, (int) (ordinal / 3 % 2));
    } else {
      throw new IllegalArgumentException(String.valueOf(target.getField()));
    }
  }

  @Override
  public Schema schema() {
    return new Schema(COLUMNS);
  }

  @Override
  public List<String> checkedColumns() {
    return List.of();
  }

  @Override
  public long rows() {
    return rows;
  }

  @Override
  public SourceScan scan(List<String> columns, BufferAllocator allocator) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SourceLookup lookup(String column, BufferAllocator allocator) {
    return new SourceLookup() {
      @Override
      public void fetch(long[] ordinals, int from, int count, FieldVector target) {
        target.clear();
        target.setInitialCapacity(count);
        target.allocateNew();
        for (int i = 0; i < count; i++) {
          if (i > 0 && ordinals[from + i] < ordinals[from + i - 1]) {
            throw new IllegalArgumentException("Rows are asked for out of order");
          }
          put(target, i, ordinals[from + i]);
        }
        target.setValueCount(count);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public Stream<String> identity() {
    return Stream.of(toString());
  }

  @Override
  public void checkUnchanged() {}

  @Override
  public void close() {}
}
