package dev.keymerge.internal.parquet;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.ByteBufferAllocator;

/**
 * Lends the heap memory that Parquet pages, dictionaries and encoders live in, every byte charged
 * to the memory budget first.
 *
 * <p>Writers take {@link ByteBuffer}s through the interface of the Parquet library and release them
 * one by one; readers open a {@link ScratchArrays} each, which is charged under its own name and
 * gives everything back at once. Closing gives back what buffers still hold; scratch arrays are
 * closed by their own owners.
 *
 * <p>Thread-safe.
 */
public final class ParquetMemory implements ByteBufferAllocator, AutoCloseable {
  private final MemoryBudget budget;
  private final MemoryReservation buffers;

  /**
   * Creates memory that charges {@code budget}; {@code owner} names it in messages about a lack of
   * memory.
   */
  public ParquetMemory(MemoryBudget budget, String owner) {
    this.budget = budget;
    this.buffers = budget.open(owner);
  }

  /**
   * Returns a new heap buffer of exactly {@code size} bytes.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses
   */
  @Override
  public ByteBuffer allocate(int size) {
    buffers.grow(size);
    return ByteBuffer.allocate(size);
  }

  /** Gives back what {@link #allocate} returned; the caller uses it no more. */
  @Override
  public void release(ByteBuffer buffer) {
    buffers.shrink(buffer.capacity());
  }

  @Override
  public boolean isDirect() {
    return false;
  }

  /** Returns the bytes of buffers that have not been released. */
  public long bufferBytes() {
    return buffers.bytes();
  }

  /** Opens scratch memory that is charged as {@code owner}; the caller closes it. */
  ScratchArrays openScratch(String owner) {
    return new ScratchArrays(budget.open(owner), budget.open(owner, MemoryKind.NATIVE));
  }

  @Override
  public void close() {
    buffers.close();
  }
}
