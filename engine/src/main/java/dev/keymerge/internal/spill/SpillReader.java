package dev.keymerge.internal.spill;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one stream block by block, in the order they were written.
 *
 * <p>Each block is checked before it is shown. Holds one buffer as large as the largest block. Not
 * thread-safe; closed before the stream.
 */
public final class SpillReader implements AutoCloseable {
  private final SpillStore store;
  private final SpillStream stream;
  private @Nullable ArrowBuf buffer;
  private int next;
  private int bytes;

  SpillReader(SpillStore store, SpillStream stream, int firstBlock) {
    this.store = store;
    this.stream = stream;
    this.next = firstBlock;
  }

  /**
   * Loads the next block and returns true, or returns false at the end.
   *
   * @throws MergeException.InputOutput if the block is not what was written
   */
  public boolean next() {
    if (next == stream.blocks()) {
      bytes = 0;
      return false;
    }
    ArrowBuf into = buffer;
    if (into == null) {
      into = store.allocator().buffer(stream.largestBlock());
      buffer = into;
    }
    int length = stream.length(next);
    SpillFile file = stream.file(next);
    ByteBuffer block = into.nioBuffer(0, length);
    store.read(file, stream.position(next), block);
    block.flip();
    if (!SpillBlock.isWhole(block, stream.number(), next)) {
      throw damaged(file, stream.position(next));
    }
    bytes = length - SpillBlock.HEADER_BYTES;
    next++;
    return true;
  }

  private static MergeException damaged(SpillFile file, long position) {
    String text =
        "Spilled data is not what was written: "
            + file.path()
            + ", block at byte "
            + position
            + "; the target is as it was.";
    return new MergeException.InputOutput(
        text,
        "Check the disk, spill to another one (--spill-dir), and run the merge again.",
        new IOException(text));
  }

  /** Returns where in memory the loaded block's records start; valid until {@link #next}. */
  public long address() {
    return block().memoryAddress() + SpillBlock.HEADER_BYTES;
  }

  /** Returns the buffer that the loaded block lies in, from {@link #offset} on; borrowed. */
  public ArrowBuf block() {
    ArrowBuf loaded = buffer;
    if (loaded == null) {
      throw new IllegalStateException("No block is loaded");
    }
    return loaded;
  }

  /** Returns where in {@link #block} the records start. */
  public int offset() {
    return SpillBlock.HEADER_BYTES;
  }

  /** Returns how many bytes of records the loaded block has. */
  public int bytes() {
    return bytes;
  }

  @Override
  public void close() {
    ArrowBuf held = buffer;
    if (held != null) {
      buffer = null;
      held.close();
    }
  }
}
