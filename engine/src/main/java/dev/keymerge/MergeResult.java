package dev.keymerge;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Reports what one merge did: exact row counts, what happened to each file, and what it cost.
 *
 * <p>Immutable. {@code targetRowsBefore + inserted - deleted = targetRowsAfter} always holds; it is
 * checked against the footers of the written files before anything is published.
 *
 * @param strategy the strategy as asked, in lower case, or {@code custom} when the actions were
 *     given one by one
 * @param keyColumns the key columns as asked
 * @param dryRun whether this is a rehearsal that wrote nothing; file counts then say what the merge
 *     would do, and bytes written are zero
 * @param recovery what became of an earlier merge that was interrupted, before this one began
 * @param sourceRows rows read from the source
 * @param duplicatesDropped source rows that lost to another one with the same key
 * @param inserted source rows that were inserted
 * @param updated target rows of which at least one value changed
 * @param unchanged target rows that matched and whose updated columns all held equal values already
 * @param deleted target rows that were deleted
 * @param stale target rows that matched and were left as they are because their order value is
 *     greater than the source row's
 * @param ignored source rows that were neither inserted nor applied to a match, as the strategy
 *     asks
 * @param targetRowsBefore rows of the target before the merge
 * @param targetRowsAfter rows of the target after the merge
 * @param filesScanned target files whose key columns were read
 * @param filesPruned target files that statistics proved to hold no match
 * @param filesRewritten target files that a successor replaced
 * @param filesAdded new files
 * @param filesRemoved target files that lost all rows
 * @param filesKept target files that were left as they are, pruned ones among them
 * @param filesResumed files among the rewritten and added ones that an interrupted merge had
 *     finished, and this one did not write again
 * @param rowGroupsCopied row groups of rewritten files that were copied whole
 * @param chunksCopied column chunks of rewritten files that were copied whole, those of copied row
 *     groups among them
 * @param pagesCopied data pages that were copied one by one out of chunks that were not copied
 *     whole
 * @param pagesPatched data pages that were changed without being encoded anew
 * @param pagesEncoded data pages that were encoded
 * @param keyMethod how the keys of both sides were brought together
 * @param keyPasses how often the target's keys were read: more than once only under {@link
 *     KeyMethod#PASSES}
 * @param spilledPartitions into how many parts the keys that had no room in memory were divided on
 *     disk
 * @param bytesRead bytes read from source and target
 * @param bytesWritten bytes of new and rewritten files, copied ones among them
 * @param bytesCopied bytes that were written without being decoded
 * @param bytesSpilled bytes written to temporary files: keys, matches and values for which memory
 *     did not suffice, staged sources, and pages that waited on disk
 * @param spillPeakBytes no more bytes than this stood in temporary files at once
 * @param bufferPoolHits how often a large page buffer was there from before
 * @param bufferPoolMisses how often a large page buffer had to be made
 * @param peakMemoryBytes most bytes that this merge's engine held at once, by its own count
 * @param peakArrowBytes most bytes that Arrow buffers held at once
 * @param peakProcessBytes largest resident set of the process so far as the kernel tells, or -1
 *     where it does not
 * @param elapsed wall-clock time of the whole merge
 * @param elapsedPerPhase wall-clock time of each phase, in order
 * @param files what happened to each file, in path order
 */
public record MergeResult(
    String strategy,
    List<String> keyColumns,
    boolean dryRun,
    RecoveryResult.Outcome recovery,
    long sourceRows,
    long duplicatesDropped,
    long inserted,
    long updated,
    long unchanged,
    long deleted,
    long stale,
    long ignored,
    long targetRowsBefore,
    long targetRowsAfter,
    int filesScanned,
    int filesPruned,
    int filesRewritten,
    int filesAdded,
    int filesRemoved,
    int filesKept,
    int filesResumed,
    long rowGroupsCopied,
    long chunksCopied,
    long pagesCopied,
    long pagesPatched,
    long pagesEncoded,
    KeyMethod keyMethod,
    int keyPasses,
    int spilledPartitions,
    long bytesRead,
    long bytesWritten,
    long bytesCopied,
    long bytesSpilled,
    long spillPeakBytes,
    long bufferPoolHits,
    long bufferPoolMisses,
    long peakMemoryBytes,
    long peakArrowBytes,
    long peakProcessBytes,
    Duration elapsed,
    Map<MergePhase, Duration> elapsedPerPhase,
    List<FileChange> files) {

  /** Returns whether the merge left every byte of the target as it was. */
  public boolean targetUnchanged() {
    return inserted == 0 && updated == 0 && deleted == 0;
  }
}
