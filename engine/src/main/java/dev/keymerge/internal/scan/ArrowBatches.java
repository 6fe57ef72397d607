package dev.keymerge.internal.scan;

import java.io.IOException;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Hands out Arrow batches once, one after the other.
 *
 * <p>Each batch is lent until the next is asked for. Not thread-safe. Failures of whatever is read
 * come as {@link dev.keymerge.MergeException}; closing never touches what the user made, and
 * closing twice is harmless.
 */
interface ArrowBatches extends AutoCloseable {
  /**
   * Returns the columns as the batches have them; of a dictionary-encoded one, the type is that of
   * its indices.
   */
  List<Field> columns();

  /** Returns the next batch, or null after the last. */
  @Nullable VectorSchemaRoot next() throws IOException;

  /**
   * Returns the values of the dictionary {@code id} as they hold for the last batch, or null if
   * there is none.
   */
  @Nullable FieldVector dictionary(long id);

  @Override
  void close() throws IOException;
}
