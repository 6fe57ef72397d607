package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import java.nio.Buffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * Finds out at start whether this virtual machine lets Arrow reach native memory, rather than
 * failing in the middle of a merge.
 *
 * <p>Stateless and thread-safe.
 */
public final class RuntimeCheck {
  private static final int FIRST_RELEASE_WITH_UNSAFE_FLAG = 24;
  private static final String UNSAFE_FLAG = "--sun-misc-unsafe-memory-access=allow";

  private RuntimeCheck() {}

  /**
   * Returns if Arrow works here.
   *
   * @throws MergeException.InvalidRequest naming the exact flag that the virtual machine lacks
   */
  public static void requireNativeMemory() {
    Module arrow = ArrowBuf.class.getModule();
    if (!Buffer.class.getModule().isOpen("java.nio", arrow)) {
      throw missing(
          "--add-opens=java.base/java.nio=" + (arrow.isNamed() ? arrow.getName() : "ALL-UNNAMED"));
    }
    try {
      touchNativeMemory();
    } catch (UnsupportedOperationException | LinkageError denied) {
      if (Runtime.version().feature() < FIRST_RELEASE_WITH_UNSAFE_FLAG) {
        throw denied;
      }
      MergeException.InvalidRequest failure = missing(UNSAFE_FLAG);
      failure.addSuppressed(denied);
      throw failure;
    }
  }

  private static void touchNativeMemory() {
    try (BufferAllocator allocator = new RootAllocator(Long.BYTES);
        ArrowBuf buffer = allocator.buffer(Long.BYTES)) {
      buffer.setLong(0, 1);
    }
  }

  private static MergeException.InvalidRequest missing(String flag) {
    return new MergeException.InvalidRequest(
        "This Java virtual machine (version "
            + Runtime.version()
            + ") does not let Arrow use native memory: the flag "
            + flag
            + " is missing",
        "Start java with " + flag + "; the keymerge command does so by itself.");
  }
}
