package dev.keymerge.internal.spill;

import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.util.function.Supplier;

/**
 * Says where a merge may put what does not fit into memory, and how much of it.
 *
 * @param storage where files go
 * @param directory gives the directory, which exists once it was asked for and which only the owner
 *     can read; asked when the first block is written
 * @param limitBytes the most bytes that may stand there at once
 */
public record SpillPlace(Storage storage, Supplier<StoragePath> directory, long limitBytes) {
  /** Stands for no other limit than the disk's own. */
  public static final long NO_LIMIT = Long.MAX_VALUE;

  /** Checks the limit. */
  public SpillPlace {
    if (limitBytes < 0) {
      throw new IllegalArgumentException("A spill limit cannot be " + limitBytes);
    }
  }
}
