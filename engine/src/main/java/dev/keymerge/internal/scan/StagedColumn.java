package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.scan.convert.ValueConverter;
import dev.keymerge.internal.scan.convert.VectorConcatenation;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the values of one column from slices of batches until they are written, in the target's
 * type.
 *
 * <p>Owns its vectors. Not thread-safe.
 */
final class StagedColumn implements AutoCloseable {
  private final AlignedColumn column;
  private final ValueConverter converter;
  private final FieldVector gathered;
  private final FieldVector piece;
  private final FieldVector decoded;
  private @Nullable VectorConcatenation concatenation;
  private @Nullable ArrowBuf checkedDictionary;

  StagedColumn(AlignedColumn column, BufferAllocator allocator) {
    this.column = column;
    this.converter = column.conversion().converter();
    this.gathered = column.target().createVector(allocator);
    this.piece = column.target().createVector(allocator);
    this.decoded = column.source().createVector(allocator);
  }

  /** Returns how many bytes a row takes at least, whatever its value. */
  int fixedBytes() {
    return gathered instanceof BaseFixedWidthVector fixed
        ? Math.max(1, fixed.getTypeWidth())
        : BaseVariableWidthVector.OFFSET_WIDTH;
  }

  /** Checks that {@code vector} holds {@code rows} rows, and {@code dictionary} its values. */
  @SuppressWarnings("ReferenceEquality") // the same buffer, not one with the same bytes
  void check(FieldVector vector, @Nullable FieldVector dictionary, int rows) {
    VectorBounds.check(vector, rows);
    // A dictionary stays the same for many batches; a new one has new buffers.
    if (dictionary != null && !storage(dictionary).getDataBuffer().equals(checkedDictionary)) {
      VectorBounds.check(dictionary, dictionary.getValueCount());
      checkedDictionary = storage(dictionary).getDataBuffer();
    }
  }

  /** Starts gathering anew, up to {@code rows} rows. */
  void start(int rows) {
    concatenation = new VectorConcatenation(gathered, rows);
  }

  /**
   * Adds rows {@code from} to {@code from + count} of {@code vector}.
   *
   * @param dictionary values to which those of {@code vector} point, or null if they are the values
   *     themselves
   * @param firstOrdinal ordinal in the source of the row {@code from}
   */
  void append(
      FieldVector vector,
      @Nullable FieldVector dictionary,
      int from,
      int count,
      long firstOrdinal) {
    FieldVector source = storage(vector);
    int first = from;
    if (dictionary != null) {
      take(source, storage(dictionary), from, count);
      source = decoded;
      first = 0;
    }
    int misfit = converter.convert(source, first, count, piece);
    if (misfit != ValueConverter.ALL_FIT) {
      String place = "row " + (firstOrdinal + misfit - first + 1) + " of the source";
      throw Refusals.misfit(column, source, misfit, place);
    }
    if (concatenation == null) {
      throw new IllegalStateException("Gathering has not started");
    }
    concatenation.append(piece);
  }

  /** Returns what an extension type stores its values in. */
  private static FieldVector storage(FieldVector vector) {
    return vector instanceof ExtensionTypeVector<?> extension
        ? (FieldVector) extension.getUnderlyingVector()
        : vector;
  }

  private void take(FieldVector indices, FieldVector dictionary, int from, int count) {
    BaseIntVector keys = (BaseIntVector) indices;
    long entries = dictionary.getValueCount();
    decoded.clear();
    decoded.setInitialCapacity(count);
    decoded.allocateNew();
    for (int i = 0; i < count; i++) {
      if (indices.isNull(from + i)) {
        decoded.setNull(i);
        continue;
      }
      long key = keys.getValueAsLong(from + i);
      if (key < 0 || key >= entries) {
        throw new MergeException.BadData(
            "Column '"
                + column.source().getName()
                + "' of the source points to entry "
                + key
                + " of a dictionary of "
                + entries,
            "Write the source anew: its dictionary does not fit its data.");
      }
      decoded.copyFromSafe((int) key, i, dictionary);
    }
    decoded.setValueCount(count);
  }

  /** Returns how many bytes the gathered values take, about. */
  long bytes() {
    return concatenation == null ? 0 : concatenation.bytes();
  }

  /** Completes and returns what was gathered; it is lent until {@link #start}. */
  FieldVector finish() {
    if (concatenation == null) {
      throw new IllegalStateException("Gathering has not started");
    }
    concatenation.finish();
    concatenation = null;
    return gathered;
  }

  @Override
  public void close() {
    gathered.close();
    piece.close();
    decoded.close();
  }
}
