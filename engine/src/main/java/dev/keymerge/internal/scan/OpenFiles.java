package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReclaimer;
import dev.keymerge.internal.parquet.PackedFile;
import dev.keymerge.internal.parquet.PackedFooter;
import dev.keymerge.internal.parquet.PackedFooters;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the Parquet files open that are being read, once for all their readers, and a few more that
 * were read last: a merge comes back to a file for every column and row group of its target. Of
 * more files than can be open it keeps what their footers say.
 *
 * <p>Every file is checked, as it is opened, to be the one that the source began with. Thread-safe;
 * closed after the last lease.
 */
final class OpenFiles implements AutoCloseable {
  private static final int IDLE_FILES = 16;

  /** Footers of files that nobody reads take no more than one part in so many of the heap. */
  private static final int IDLE_SHARE = 8;

  private final Storage storage;
  private final ParquetMemory memory;
  private final PackedFooters footers;
  private final long mostIdleBytes;

  /** Files whose footers are at hand, those used last at the end. */
  private final Map<FileStatus, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  /** Open files that nobody reads, those used last at the end. */
  private final Set<Entry> idleOpen = new LinkedHashSet<>();

  private final ReentrantLock working = new ReentrantLock();
  private final MemoryReclaimer.Registration reclaiming;
  private final AtomicLong idleFooterBytes = new AtomicLong();

  /**
   * Creates an object without open files.
   *
   * @param memory for footers and pages
   * @param budget what {@code memory} charges; footers that nobody reads are given back to it
   */
  OpenFiles(Storage storage, ParquetMemory memory, MemoryBudget budget) {
    this.storage = storage;
    this.memory = memory;
    this.footers = new PackedFooters(memory);
    this.mostIdleBytes = budget.limitBytes(MemoryKind.HEAP) / IDLE_SHARE;
    this.reclaiming = budget.onPressure(new IdleFooters());
  }

  /** Forgets footers that nobody reads when memory is short. */
  private final class IdleFooters implements MemoryReclaimer {
    @Override
    public long reclaimableBytes(MemoryKind kind) {
      return kind == MemoryKind.HEAP ? idleFooterBytes.get() : 0;
    }

    @Override
    public long reclaim(MemoryKind kind, long bytes) {
      // Whoever opens a file may be the one who waits for memory.
      if (kind != MemoryKind.HEAP || working.isHeldByCurrentThread() || !working.tryLock()) {
        return 0;
      }
      try {
        long before = idleFooterBytes.get();
        closeIdle(0, IDLE_FILES, Math.max(1, before - bytes));
        return before - idleFooterBytes.get();
      } finally {
        working.unlock();
      }
    }
  }

  /** Lends one open file. */
  final class Lease implements AutoCloseable {
    private final Entry entry;
    private final PackedFile file;
    private boolean returned;

    private Lease(Entry entry, PackedFile file) {
      this.entry = entry;
      this.file = file;
    }

    PackedFile file() {
      return file;
    }

    @Override
    public void close() {
      if (!returned) {
        returned = true;
        giveBack(entry);
      }
    }
  }

  /** Counts who reads a file, which is open at least as long as somebody does. */
  private static final class Entry {
    private final PackedFooter footer;
    private @Nullable PackedFile file;
    private int users;

    private Entry(PackedFooter footer) {
      this.footer = footer;
    }

    private void closeFile() {
      PackedFile open = file;
      if (open != null) {
        file = null;
        open.close();
      }
    }
  }

  /**
   * Lends the file that {@code status} describes; the caller gives it back by closing the lease.
   *
   * @throws MergeException.Conflict if the file is not what it was
   */
  Lease lend(FileStatus status) throws IOException {
    working.lock();
    try {
      return lendLocked(status);
    } finally {
      working.unlock();
    }
  }

  private Lease lendLocked(FileStatus status) throws IOException {
    Entry entry = entries.get(status);
    PackedFile file = entry == null ? null : entry.file;
    if (entry == null || file == null) {
      StorageInput input = openInput(status);
      try {
        if (entry == null) {
          entry = new Entry(readMakingRoom(status, input));
          entries.put(status, entry);
          idleFooterBytes.addAndGet(entry.footer.retainedBytes());
        } else {
          requireUnchanged(storage, status);
        }
        file = new PackedFile(input, entry.footer, memory);
        entry.file = file;
      } finally {
        if (file == null) {
          input.close();
        }
      }
    }
    if (entry.users++ == 0) {
      idleOpen.remove(entry);
      idleFooterBytes.addAndGet(-entry.footer.retainedBytes());
    }
    return new Lease(entry, file);
  }

  private StorageInput openInput(FileStatus status) throws IOException {
    try {
      return storage.open(status.path());
    } catch (NoSuchFileException gone) {
      throw changed(status);
    }
  }

  private PackedFooter readMakingRoom(FileStatus status, StorageInput input) throws IOException {
    try {
      return read(status, input);
    } catch (MergeException.LimitExceeded refused) {
      if (!closeIdle(0, 0, 0)) {
        throw refused;
      }
      return read(status, input);
    }
  }

  private PackedFooter read(FileStatus status, StorageInput input) throws IOException {
    return verified(storage, status, () -> footers.read(input), PackedFooter::close);
  }

  /** Opens {@code status}, which the caller closes, and checks that the file is still the same. */
  static ParquetFile open(Storage storage, ParquetMemory memory, FileStatus status)
      throws IOException {
    return verified(
        storage,
        status,
        () -> ParquetFile.open(storage.open(status.path()), memory),
        ParquetFile::close);
  }

  /** Reads something of a file. */
  @FunctionalInterface
  private interface Reading<T> {
    T read() throws IOException;
  }

  /** Returns what is read, if the file is still the same afterwards; else closes it. */
  private static <T> T verified(
      Storage storage, FileStatus status, Reading<T> reading, Consumer<T> closing)
      throws IOException {
    T read;
    try {
      read = reading.read();
    } catch (NoSuchFileException gone) {
      throw changed(status);
    } catch (MergeException.BadData broken) {
      throw isUnchanged(storage, status) ? broken : changed(status);
    }
    boolean unchanged = false;
    try {
      requireUnchanged(storage, status);
      unchanged = true;
    } finally {
      if (!unchanged) {
        closing.accept(read);
      }
    }
    return read;
  }

  /**
   * Checks a file whether or not it is open.
   *
   * @throws MergeException.Conflict if it is not what it was
   */
  void checkUnchanged(FileStatus status) throws IOException {
    requireUnchanged(storage, status);
  }

  /** Asked after opening: had the file been replaced in between, the answer would be another. */
  private static void requireUnchanged(Storage storage, FileStatus status) throws IOException {
    if (!isUnchanged(storage, status)) {
      throw changed(status);
    }
  }

  private static boolean isUnchanged(Storage storage, FileStatus status) throws IOException {
    return storage.status(status.path()).filter(status::untouched).isPresent();
  }

  private static MergeException changed(FileStatus status) {
    return new MergeException.Conflict(
        "The source file " + status.path() + " was changed while it was being read",
        "Start the merge again when nobody writes the source any more.");
  }

  private void giveBack(Entry entry) {
    working.lock();
    try {
      entry.users--;
      if (entry.users == 0) {
        idleOpen.add(entry);
        idleFooterBytes.addAndGet(entry.footer.retainedBytes());
        closeIdle(1, IDLE_FILES, mostIdleBytes);
      }
    } finally {
      working.unlock();
    }
  }

  /**
   * Closes files that nobody reads beyond so many, forgets footers beyond so many bytes, those used
   * longest ago first, and returns whether there was one.
   *
   * @param least so many files stay known whatever their footers take
   */
  private boolean closeIdle(int least, int files, long bytes) {
    Iterator<Entry> open = idleOpen.iterator();
    while (idleOpen.size() > files) {
      open.next().closeFile();
      open.remove();
    }
    boolean forgot = false;
    Iterator<Entry> oldest = entries.values().iterator();
    while ((idleFooterBytes.get() > bytes || bytes == 0)
        && entries.size() > least
        && oldest.hasNext()) {
      Entry entry = oldest.next();
      if (entry.users == 0) {
        oldest.remove();
        idleFooterBytes.addAndGet(-entry.footer.retainedBytes());
        idleOpen.remove(entry);
        entry.closeFile();
        entry.footer.close();
        forgot = true;
      }
    }
    return forgot;
  }

  @Override
  public void close() {
    reclaiming.close();
    working.lock();
    try {
      if (entries.values().stream().anyMatch(entry -> entry.users > 0)) {
        throw new IllegalStateException("A source is closed while it is being read");
      }
      closeIdle(0, 0, 0);
    } finally {
      working.unlock();
    }
    footers.close();
  }
}
