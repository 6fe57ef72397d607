package dev.keymerge.internal.parquet;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
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
  /** Memory may also come from elsewhere, unannounced. */
  private static final long ADMISSION_MILLIS = 50;

  /** Idle page buffers take no more than one part in so many of the heap. */
  private static final int IDLE_SHARE = 12;

  private final MemoryBudget budget;
  private final MemoryReservation buffers;
  private final ArrayPool pool;
  private final PageLimits pageLimits;

  /** Counts the encoders at work; also the lock of those that wait. */
  private final AtomicInteger admissions = new AtomicInteger();

  /**
   * Creates memory that charges {@code budget}; {@code owner} names it in messages about a lack of
   * memory.
   */
  public ParquetMemory(MemoryBudget budget, String owner) {
    this(budget, owner, 0, PageLimits.USUAL);
  }

  /** Creates memory whose readers cut pages into slices as {@code pageLimits} says. */
  ParquetMemory(MemoryBudget budget, String owner, PageLimits pageLimits) {
    this(budget, owner, 0, pageLimits);
  }

  private ParquetMemory(MemoryBudget budget, String owner, long idleBytes, PageLimits pageLimits) {
    this.pageLimits = pageLimits;
    this.budget = budget;
    this.buffers = budget.open(owner);
    this.pool = new ArrayPool(budget, idleBytes);
  }

  /**
   * Creates memory like the constructor that also keeps page buffers which are not in use, charged,
   * as far as nobody else needs the memory.
   */
  public static ParquetMemory pooling(MemoryBudget budget, String owner) {
    return new ParquetMemory(
        budget, owner, budget.limitBytes(MemoryKind.HEAP) / IDLE_SHARE, PageLimits.USUAL);
  }

  /** Returns which pages readers decode as a whole. */
  PageLimits pageLimits() {
    return pageLimits;
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
    return new ScratchArrays(budget.open(owner), budget.open(owner, MemoryKind.NATIVE), pool);
  }

  /**
   * Charges {@code bytes} to {@code scratch}, all that an encoder takes at worst beside its pages,
   * before it begins.
   *
   * <p>While the budget refuses and other encoders are at work, this waits for one of them to end,
   * which it can do, since it has what it needs: so a small limit means fewer encoders at once, and
   * not other bytes. A thread opens one encoder at a time.
   *
   * @return closed by the caller when the encoder ends
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses even the only one
   */
  Admission admit(ScratchArrays scratch, long bytes) {
    boolean interrupted = false;
    synchronized (admissions) {
      while (!scratch.tryCharge(bytes)) {
        if (admissions.get() == 0) {
          scratch.charge(bytes);
          break;
        }
        try {
          admissions.wait(ADMISSION_MILLIS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      admissions.incrementAndGet();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return new Admission();
  }

  /** Stands for an encoder at work. */
  final class Admission implements AutoCloseable {
    private boolean ended;

    @Override
    public void close() {
      synchronized (admissions) {
        if (!ended) {
          ended = true;
          admissions.decrementAndGet();
          admissions.notifyAll();
        }
      }
    }
  }

  /** Returns how often a page buffer was there from before. */
  public long poolHits() {
    return pool.hits();
  }

  /** Returns how often a page buffer had to be made. */
  public long poolMisses() {
    return pool.misses();
  }

  @Override
  public void close() {
    pool.close();
    buffers.close();
  }
}
