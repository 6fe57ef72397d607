package dev.keymerge.internal.spill;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps on disk what one merge cannot keep in memory: any number of streams of bytes, each written
 * once by one thread and then read as often as wanted.
 *
 * <p>Blocks of all streams go to the ends of a few shared files, so that thousands of streams need
 * neither as many open files nor scattered writes; a file goes when the last stream with a block in
 * it is released. No block stands on disk before the first one is written, and nothing once the
 * store is closed. What stands there never exceeds the limit; the disk's free space is looked at
 * before work that announces itself and from time to time while writing.
 *
 * <p>Thread-safe; closed after all its writers and readers.
 */
public final class SpillStore implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(SpillStore.class);

  /** A file this large is followed by another one, so that space comes back in parts. */
  private static final long FILE_BYTES = 256L << 20;

  private static final int MOST_IDLE_INPUTS = 16;

  private static final long LOOK_EVERY_BYTES = 64L << 20;

  /** What is left to others on the disk. */
  private static final long SPARED_BYTES = 64L << 20;

  private final SpillPlace place;
  private final BufferAllocator allocator;
  private final MemoryReservation bookkeeping;
  private final Set<SpillFile> files = new HashSet<>();

  /** Files that are open though nobody reads them now, those read last at the end. */
  private final Set<SpillFile> idleInputs = new LinkedHashSet<>();

  private @Nullable StoragePath directory;
  private @Nullable SpillFile current;
  private long fileCount;
  private int streamCount;
  private long heldBytes;
  private long peakBytes;
  private long writtenBytes;
  private long lookedAtBytes;

  /**
   * Creates an empty store.
   *
   * @param place where files go
   * @param allocator lends the buffers of writers and readers; borrowed
   * @param budget charged with the lists of blocks
   */
  public SpillStore(SpillPlace place, BufferAllocator allocator, MemoryBudget budget) {
    this.place = place;
    this.allocator = allocator;
    this.bookkeeping = budget.open("list of spilled blocks");
  }

  /**
   * Starts a stream; the caller finishes or closes the writer.
   *
   * @param blockBytes bytes of the writer's one buffer, held from the first byte to the end; a
   *     reader of the stream holds as much
   */
  public synchronized SpillWriter create(int blockBytes) {
    return new SpillWriter(this, streamCount++, blockBytes);
  }

  /**
   * Starts a stream of records of one size, each block of which but the last has as many: a
   * record's number then tells its block, see {@link SpillStream#open(int)}.
   */
  public SpillWriter createForRecords(int recordBytes, int blockRecords) {
    return create(SpillBlock.HEADER_BYTES + Math.multiplyExact(recordBytes, blockRecords));
  }

  /**
   * Refuses work that will not find room on disk.
   *
   * @param bytes what the work is expected to write beside what stands here already
   * @throws MergeException.LimitExceeded if the limit or the disk cannot hold it
   */
  public synchronized void expect(long bytes) {
    checkLimit(bytes);
    if (bytes > 0) {
      checkDisk(bytes);
    }
  }

  /**
   * Refuses to write streams anew, one after the other, if there is no room for what stands here
   * before enough of them were released.
   *
   * @param inOrder streams that are released one by one in this order, each once it was written
   *     anew
   * @throws MergeException.LimitExceeded if the limit or the disk cannot hold it
   */
  public synchronized void expectAnew(Iterable<SpillStream> inOrder) {
    Map<SpillFile, Integer> released = new HashMap<>();
    long added = 0;
    long most = 0;
    for (SpillStream stream : inOrder) {
      added += stream.diskBytes();
      most = Math.max(most, added);
      for (SpillFile file : stream.files()) {
        // A file goes with the last stream in it.
        if (released.merge(file, 1, Integer::sum) == file.streams()) {
          added -= file.bytes();
        }
      }
    }
    expect(most);
  }

  /** Returns how many more bytes limit and disk have room for. */
  public synchronized long roomBytes() {
    return Math.max(0, Math.min(place.limitBytes() - heldBytes, usableBytes() - SPARED_BYTES));
  }

  /** Returns how many bytes were ever written. */
  public synchronized long writtenBytes() {
    return writtenBytes;
  }

  /** Returns the most bytes that stood on disk at once. */
  public synchronized long peakBytes() {
    return peakBytes;
  }

  /** Returns the bytes that stand on disk now. */
  public synchronized long heldBytes() {
    return heldBytes;
  }

  BufferAllocator allocator() {
    return allocator;
  }

  MemoryReservation bookkeeping() {
    return bookkeeping;
  }

  /** Appends a block of {@code stream} and notes there where it is. */
  synchronized void append(SpillStream stream, ByteBuffer block) {
    int length = block.remaining();
    checkLimit(length);
    if (writtenBytes - lookedAtBytes >= LOOK_EVERY_BYTES || writtenBytes == 0) {
      checkDisk(length);
      lookedAtBytes = writtenBytes;
    }
    try {
      SpillFile file = fileWithRoom();
      stream.reserveBlock();
      long position = file.append(block);
      stream.add(file, position, length);
    } catch (IOException failure) {
      throw failed("write", failure);
    }
    heldBytes += length;
    writtenBytes += length;
    peakBytes = Math.max(peakBytes, heldBytes);
  }

  private SpillFile fileWithRoom() throws IOException {
    SpillFile file = current;
    if (file != null && !file.sealed() && file.bytes() < FILE_BYTES) {
      return file;
    }
    SpillFile fresh = new SpillFile(place.storage(), home().resolve("spill-" + fileCount));
    fileCount++;
    files.add(fresh);
    current = fresh;
    return fresh;
  }

  /** Reads a block of {@code file}, to which nothing is appended any more. */
  void read(SpillFile file, long position, ByteBuffer block) {
    try {
      StorageInput input = startReading(file);
      try {
        input.readFully(position, block);
      } finally {
        endReading(file);
      }
    } catch (IOException failure) {
      throw failed("read", failure);
    }
  }

  private synchronized StorageInput startReading(SpillFile file) throws IOException {
    StorageInput input = file.startReading();
    idleInputs.remove(file);
    return input;
  }

  /** Keeps files open that were read last: streams that wait may hold any number of them. */
  private synchronized void endReading(SpillFile file) throws IOException {
    if (file.endReading() && files.contains(file)) {
      idleInputs.add(file);
      if (idleInputs.size() > MOST_IDLE_INPUTS) {
        Iterator<SpillFile> eldest = idleInputs.iterator();
        SpillFile closing = eldest.next();
        eldest.remove();
        closing.closeInput();
      }
    }
  }

  /** Forgets a stream with blocks in {@code used}. */
  synchronized void release(Iterable<SpillFile> used) {
    for (SpillFile file : used) {
      if (file.leave() && files.remove(file)) {
        idleInputs.remove(file);
        // Only now the disk gets its space back, however little of the file was still in use.
        // Bytes of a write that failed were never counted.
        heldBytes = Math.max(0, heldBytes - file.bytes());
        if (file == current) {
          current = null;
        }
        try {
          file.delete();
        } catch (IOException failure) {
          LOGGER.warn("A spill file remains until the merge ends: {}", file.path(), failure);
        }
      }
    }
  }

  private void checkLimit(long bytes) {
    if (bytes > place.limitBytes() - heldBytes) {
      throw new MergeException.LimitExceeded(
          "The merge must keep "
              + megabytes(heldBytes + bytes)
              + " on disk because its memory does not suffice, but the limit of spilled data is "
              + megabytes(place.limitBytes())
              + ".",
          "Raise the limit of spilled data (--spill-limit), or the memory limit (--memory).");
    }
  }

  private StoragePath home() {
    StoragePath home = directory;
    if (home == null) {
      home = place.directory().get();
      directory = home;
    }
    return home;
  }

  private long usableBytes() {
    try {
      return place.storage().usableBytes(home());
    } catch (IOException failure) {
      throw failed("look for free space", failure);
    }
  }

  private void checkDisk(long bytes) {
    long usable = usableBytes();
    if (usable - SPARED_BYTES < bytes) {
      throw new MergeException.LimitExceeded(
          "The merge must keep "
              + megabytes(bytes)
              + " more on disk because its memory does not suffice, but only "
              + megabytes(usable)
              + " are free in "
              + home()
              + ", of which "
              + megabytes(SPARED_BYTES)
              + " are spared.",
          "Free some space, spill elsewhere (--spill-dir), or raise the memory limit (--memory).");
    }
  }

  private MergeException failed(String activity, IOException failure) {
    String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("no space") || text.contains("quota")) {
      MergeException full =
          new MergeException.LimitExceeded(
              "The disk is full while the merge spills what its memory does not hold ("
                  + megabytes(heldBytes)
                  + " so far): "
                  + failure.getMessage(),
              "Free some space, spill elsewhere (--spill-dir), or raise the memory limit (--memory).");
      full.addSuppressed(failure);
      return full;
    }
    return StorageFailure.of(activity + " spilled data", failure);
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }

  @Override
  public synchronized void close() {
    for (SpillFile file : files) {
      try {
        file.delete();
      } catch (IOException failure) {
        LOGGER.warn("A spill file remains: {}", file.path(), failure);
      }
    }
    files.clear();
    idleInputs.clear();
    current = null;
    heldBytes = 0;
    bookkeeping.close();
  }
}
