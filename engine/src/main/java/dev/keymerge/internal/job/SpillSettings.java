package dev.keymerge.internal.job;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Says where a merge may put what does not fit into memory, and how much of it.
 *
 * @param directory where each merge makes a directory of its own; null for the merge's staging area
 * @param limitBytes the most bytes that one merge may have there at once
 */
public record SpillSettings(@Nullable Path directory, long limitBytes) {
  /** Spills beside the staged files, limited by the disk alone. */
  public static final SpillSettings DEFAULT = new SpillSettings(null, Long.MAX_VALUE);
}
