package dev.keymerge.internal.append;

import dev.keymerge.MergeException;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.plan.SourceScan;
import dev.keymerge.internal.plan.SourceTable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Is a source whose values follow from the row: id is the ordinal, name is derived from it or null,
 * even tells whether it is.
 */
final class NumberedRows implements SourceTable {
  private static final int NAMELESS = 7;

  private final int mostAtOnce;

  NumberedRows() {
    this(Integer.MAX_VALUE);
  }

  /** Creates rows of which no more than {@code mostAtOnce} can be fetched at once. */
  NumberedRows(int mostAtOnce) {
    this.mostAtOnce = mostAtOnce;
  }

  @Override
  public Schema schema() {
    return new Schema(
        List.of(
            Field.nullable("id", new ArrowType.Int(64, true)),
            Field.nullable("name", ArrowType.Utf8.INSTANCE),
            Field.nullable("even", ArrowType.Bool.INSTANCE)));
  }

  @Override
  public List<String> checkedColumns() {
    return List.of();
  }

  @Override
  public long rows() {
    return Long.MAX_VALUE;
  }

  @Override
  public SourceScan scan(List<String> columns, BufferAllocator allocator) {
    throw new UnsupportedOperationException("Rows are only looked up");
  }

  @Override
  public Stream<String> identity() {
    return Stream.of(toString());
  }

  @Override
  public void checkUnchanged() {}

  @Override
  public SourceLookup lookup(String column, BufferAllocator allocator) {
    return new SourceLookup() {
      @Override
      public void fetch(long[] ordinals, int from, int count, FieldVector target) {
        if (count > mostAtOnce) {
          throw new MergeException.LimitExceeded(
              "No memory for " + count + " values", "Take fewer");
        }
        target.reset();
        for (int i = 0; i < count; i++) {
          long ordinal = ordinals[from + i];
          if (target instanceof BigIntVector ids) {
            ids.setSafe(i, ordinal);
          } else if (target instanceof BitVector bits) {
            bits.setSafe(i, ordinal % 2 == 0 ? 1 : 0);
          } else if (ordinal % NAMELESS != 0) {
            ((VarCharVector) target)
                .setSafe(i, ("name " + ordinal).getBytes(StandardCharsets.UTF_8));
          }
        }
        target.setValueCount(count);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {}

  /** Lists every {@code step}-th ordinal, {@code count} of them, in blocks of odd lengths. */
  static OrdinalCursor every(long step, int count) {
    return new OrdinalCursor() {
      private int next;

      @Override
      public int next(long[] into) {
        int block = Math.min(Math.min(into.length, 777), count - next);
        for (int i = 0; i < block; i++) {
          into[i] = step * next++;
        }
        return block;
      }
    };
  }
}
