package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the Parquet files open that are being read, once for all their readers, and a few more that
 * were read last: a merge comes back to a file for every column and row group of its target.
 *
 * <p>Every file is checked, as it is opened, to be the one that the source began with. Thread-safe;
 * closed after the last lease.
 */
final class OpenFiles implements AutoCloseable {
  private static final int IDLE_FILES = 4;

  /** Footers of files that nobody reads, but for the last one, take no more memory than this. */
  private static final long IDLE_BYTES = 4 << 20;

  private final Storage storage;
  private final ParquetMemory memory;

  /** Open files, those used last at the end. */
  private final Map<FileStatus, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  OpenFiles(Storage storage, ParquetMemory memory) {
    this.storage = storage;
    this.memory = memory;
  }

  /** Lends one open file. */
  final class Lease implements AutoCloseable {
    private final Entry entry;
    private boolean returned;

    private Lease(Entry entry) {
      this.entry = entry;
    }

    ParquetFile file() {
      return entry.file;
    }

    @Override
    public void close() {
      if (!returned) {
        returned = true;
        giveBack(entry);
      }
    }
  }

  /** Counts who reads a file. */
  private static final class Entry {
    private final ParquetFile file;
    private int users;

    private Entry(ParquetFile file) {
      this.file = file;
    }

    private long bytes() {
      return file.footer().retainedBytes();
    }
  }

  /**
   * Lends the file that {@code status} describes; the caller gives it back by closing the lease.
   *
   * @throws MergeException.Conflict if the file is not what it was
   */
  synchronized Lease lend(FileStatus status) throws IOException {
    Entry entry = entries.get(status);
    if (entry == null) {
      entry = new Entry(openMakingRoom(status));
      entries.put(status, entry);
    }
    entry.users++;
    return new Lease(entry);
  }

  private ParquetFile openMakingRoom(FileStatus status) throws IOException {
    try {
      return open(storage, memory, status);
    } catch (MergeException.LimitExceeded refused) {
      if (!closeIdle(0, 0, 0)) {
        throw refused;
      }
      return open(storage, memory, status);
    }
  }

  /** Opens {@code status}, which the caller closes, and checks that the file is still the same. */
  static ParquetFile open(Storage storage, ParquetMemory memory, FileStatus status)
      throws IOException {
    ParquetFile file;
    try {
      file = ParquetFile.open(storage.open(status.path()), memory);
    } catch (NoSuchFileException gone) {
      throw changed(status);
    } catch (MergeException.BadData broken) {
      throw isUnchanged(storage, status) ? broken : changed(status);
    }
    boolean unchanged = false;
    try {
      // Asked after opening: had the file been replaced in between, the answer would be another.
      unchanged = isUnchanged(storage, status);
    } finally {
      if (!unchanged) {
        file.close();
      }
    }
    if (!unchanged) {
      throw changed(status);
    }
    return file;
  }

  /**
   * Checks a file whether or not it is open.
   *
   * @throws MergeException.Conflict if it is not what it was
   */
  void checkUnchanged(FileStatus status) throws IOException {
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

  private synchronized void giveBack(Entry entry) {
    entry.users--;
    closeIdle(1, IDLE_FILES, IDLE_BYTES);
  }

  /**
   * Closes files that nobody reads, beyond so many and so many bytes of footers, and returns
   * whether there was one.
   *
   * @param least so many stay whatever their footers take
   */
  private boolean closeIdle(int least, int files, long bytes) {
    List<Entry> idle =
        new ArrayList<>(entries.values().stream().filter(entry -> entry.users == 0).toList());
    long held = idle.stream().mapToLong(Entry::bytes).sum();
    boolean closed = false;
    while (idle.size() > files || (held > bytes && idle.size() > least)) {
      Entry oldest = idle.remove(0);
      held -= oldest.bytes();
      entries.values().remove(oldest);
      oldest.file.close();
      closed = true;
    }
    return closed;
  }

  @Override
  public synchronized void close() {
    if (entries.values().stream().anyMatch(entry -> entry.users > 0)) {
      throw new IllegalStateException("A source is closed while it is being read");
    }
    closeIdle(0, 0, 0);
  }
}
