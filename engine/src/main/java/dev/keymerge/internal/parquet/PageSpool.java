package dev.keymerge.internal.parquet;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StorageOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the finished pages of one chunk until its dictionary is known, which stands in front of
 * them in the file.
 *
 * <p>Pages stay in memory up to a bound, or as far as the budget grants, and go to a scratch file
 * beyond it. Where they were makes no difference to what comes out. Written first, then transferred
 * once; closing releases the memory and deletes the file.
 *
 * <p>Not thread-safe.
 */
final class PageSpool implements AutoCloseable {
  private static final int SLAB_BYTES = 256 << 10;

  private final ParquetMemory memory;
  private final ScratchFile scratch;
  private final int slabsAllowed;
  private final List<ByteBuffer> slabs = new ArrayList<>();
  private @Nullable StorageOutput file;

  /** Creates an empty spool that holds up to about {@code memoryBytes} in memory. */
  PageSpool(ParquetMemory memory, ScratchFile scratch, int memoryBytes) {
    this.memory = memory;
    this.scratch = scratch;
    this.slabsAllowed = memoryBytes / SLAB_BYTES;
  }

  /** Appends {@code length} bytes. */
  void write(byte[] bytes, int offset, int length) throws IOException {
    int from = offset;
    int end = offset + length;
    while (file == null && from < end) {
      ByteBuffer slab = slabWithRoom();
      if (slab == null) {
        moveToFile();
        break;
      }
      int part = Math.min(slab.remaining(), end - from);
      slab.put(bytes, from, part);
      from += part;
    }
    if (file != null && from < end) {
      file.write(ByteBuffer.wrap(bytes, from, end - from));
    }
  }

  /** Appends everything to {@code out}; the spool is of no more use afterwards. */
  void transferTo(StorageOutput out) throws IOException {
    if (file == null) {
      for (ByteBuffer slab : slabs) {
        out.write(slab.flip());
      }
      return;
    }
    long length = file.position();
    file.close();
    try (StorageInput input = scratch.storage().open(scratch.path())) {
      out.copyFrom(input, 0, length);
    }
  }

  @Override
  public void close() throws IOException {
    releaseSlabs();
    if (file != null) {
      try (StorageOutput closing = file) {
        file = null;
      } finally {
        scratch.storage().delete(scratch.path());
      }
    }
  }

  private @Nullable ByteBuffer slabWithRoom() {
    if (!slabs.isEmpty()) {
      ByteBuffer last = slabs.get(slabs.size() - 1);
      if (last.hasRemaining()) {
        return last;
      }
    }
    if (slabs.size() >= slabsAllowed) {
      return null;
    }
    try {
      ByteBuffer slab = memory.allocate(SLAB_BYTES);
      slabs.add(slab);
      return slab;
    } catch (MergeException.LimitExceeded refused) {
      return null;
    }
  }

  private void moveToFile() throws IOException {
    StorageOutput created = scratch.storage().create(scratch.path());
    file = created;
    for (ByteBuffer slab : slabs) {
      created.write(slab.flip());
    }
    releaseSlabs();
  }

  private void releaseSlabs() {
    for (ByteBuffer slab : slabs) {
      memory.release(slab);
    }
    slabs.clear();
  }
}
