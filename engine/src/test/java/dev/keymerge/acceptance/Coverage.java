package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeResult;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts the ways that the merges of one test have gone, so that none passes for tested that was
 * never met.
 */
final class Coverage {
  private final Map<Way, Integer> seen = new EnumMap<>(Way.class);

  /** Says what a merge did, or where it read from. */
  enum Way {
    REFUSED,
    SOURCE_STAGED,
    SOURCE_READ_IN_PLACE,
    KEYS_IN_MEMORY,
    KEYS_IN_PARTITIONS,
    KEYS_IN_PASSES,
    KEYS_IN_SEVERAL_PASSES,
    KEYS_IN_ORDER,
    KEYS_SPILLED,
    ANYTHING_SPILLED,
    DUPLICATES_DROPPED,
    INSERTED,
    UPDATED,
    UNCHANGED,
    DELETED,
    STALE,
    IGNORED,
    FILES_PRUNED,
    FILES_KEPT,
    FILES_REWRITTEN,
    FILES_ADDED,
    FILES_REMOVED,
    ONE_FILE_APPENDED_TO,
    ROW_GROUPS_COPIED,
    CHUNKS_COPIED,
    PAGES_ENCODED
  }

  /** Counts a merge, whose result is null if it was refused as it should be. */
  void add(@Nullable MergeResult result, CaseChecker checker) {
    add(checker.sourceIsStaged() ? Way.SOURCE_STAGED : Way.SOURCE_READ_IN_PLACE, 1);
    if (result == null) {
      add(Way.REFUSED, 1);
      return;
    }
    addKeys(result);
    add(Way.DUPLICATES_DROPPED, result.duplicatesDropped());
    add(Way.INSERTED, result.inserted());
    add(Way.UPDATED, result.updated());
    add(Way.UNCHANGED, result.unchanged());
    add(Way.DELETED, result.deleted());
    add(Way.STALE, result.stale());
    add(Way.IGNORED, result.ignored());
    add(Way.FILES_PRUNED, result.filesPruned());
    add(Way.FILES_KEPT, result.filesKept());
    add(Way.FILES_REWRITTEN, result.filesRewritten());
    add(Way.FILES_ADDED, result.filesAdded());
    add(Way.FILES_REMOVED, result.filesRemoved());
    add(Way.ONE_FILE_APPENDED_TO, checker.files().isSingleFile() ? result.inserted() : 0);
    add(Way.ROW_GROUPS_COPIED, result.rowGroupsCopied());
    add(Way.CHUNKS_COPIED, result.chunksCopied());
    add(Way.PAGES_ENCODED, result.pagesEncoded());
  }

  private void addKeys(MergeResult result) {
    switch (result.keyMethod()) {
      case IN_MEMORY -> add(Way.KEYS_IN_MEMORY, 1);
      case PARTITIONS -> add(Way.KEYS_IN_PARTITIONS, 1);
      case PASSES -> {
        add(Way.KEYS_IN_PASSES, 1);
        add(Way.KEYS_IN_SEVERAL_PASSES, result.keyPasses() - 1);
      }
      case SORTED -> add(Way.KEYS_IN_ORDER, 1);
      default -> throw new AssertionError(result.keyMethod());
    }
    add(Way.KEYS_SPILLED, result.spilledPartitions());
    add(Way.ANYTHING_SPILLED, result.bytesSpilled());
  }

  private void add(Way way, long amount) {
    if (amount > 0) {
      seen.merge(way, 1, Integer::sum);
    }
  }

  /** Requires that each of these ways was gone by some merge. */
  void require(Set<Way> ways) {
    assertThat(seen).as("merges that went each way").containsKeys(ways.toArray(Way[]::new));
  }
}
