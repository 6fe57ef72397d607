package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Takes the batches of an {@link ArrowReader}, lent or owned, and explains its failures. */
final class ReaderBatches implements ArrowBatches {
  private final ArrowReader reader;
  private final String name;
  private final AutoCloseable owned;
  private final VectorSchemaRoot root;
  private boolean closed;

  private ReaderBatches(ArrowReader reader, String name, AutoCloseable owned) {
    this.reader = reader;
    this.name = name;
    this.owned = owned;
    this.root = guarded(reader::getVectorSchemaRoot);
  }

  /** Reads what is left in {@code reader}, which stays the caller's. */
  static ReaderBatches lent(ArrowReader reader, String name) {
    return new ReaderBatches(reader, name, () -> {});
  }

  /**
   * Reads all of {@code reader} and closes {@code owned} with this, or at once if the reader cannot
   * even tell its schema.
   *
   * @param owned the reader, or what closes as much of it as is not the user's
   */
  static ReaderBatches owned(ArrowReader reader, AutoCloseable owned, String name) {
    try {
      return new ReaderBatches(reader, name, owned);
    } catch (RuntimeException failure) {
      try {
        owned.close();
      } catch (Exception suppressed) {
        failure.addSuppressed(suppressed);
      }
      throw failure;
    }
  }

  /** Returns what is read, for messages. */
  String name() {
    return name;
  }

  @Override
  public List<Field> columns() {
    return root.getSchema().getFields();
  }

  @Override
  public @Nullable VectorSchemaRoot next() {
    return guarded(reader::loadNextBatch) ? root : null;
  }

  @Override
  public @Nullable FieldVector dictionary(long id) {
    Dictionary dictionary = reader.lookup(id);
    return dictionary == null ? null : dictionary.getVector();
  }

  private <T> T guarded(Reading<T> reading) {
    try {
      return reading.read();
    } catch (MergeException.LimitExceeded refused) {
      throw new MergeException.LimitExceeded(
          "A batch of " + name + " does not fit into memory: " + refused.getMessage(),
          "Write the source in smaller batches. " + refused.remedy());
    } catch (MergeException | OutOfMemoryException failure) {
      throw failure;
    } catch (ClosedByInterruptException interrupt) {
      throw new MergeException.Cancelled(
          "The merge was interrupted while " + name + " was being read",
          "The target is as it was; start the merge again.");
    } catch (IOException failure) {
      throw new MergeException.InputOutput(
          "Cannot read " + name + ": " + failure.getMessage(),
          "Check that the source is complete and can be read, and start the merge again.",
          failure);
    } catch (RuntimeException failure) {
      throw new MergeException.BadData(
          "Cannot make Arrow batches of " + name + ": " + detail(failure),
          "Check that the source is what its format says, is complete, and is still open.",
          failure);
    }
  }

  /** Returns what a library says, unless that is what the virtual machine says of its code. */
  private static String detail(RuntimeException failure) {
    String message = failure.getMessage();
    if (message == null
        || failure instanceof NullPointerException
        || failure instanceof IndexOutOfBoundsException
        || failure instanceof ClassCastException) {
      return "it contradicts itself (" + failure.getClass().getSimpleName() + ")";
    }
    return message;
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      owned.close();
    } catch (IOException | RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IllegalStateException("Closing " + name + " failed", failure);
    }
  }

  /** Reads something that may fail. */
  private interface Reading<T> {
    T read() throws IOException;
  }
}
