package dev.keymerge.testdata.reference;

/**
 * Counts what a merge did to rows.
 *
 * @param sourceRows rows read from the source
 * @param duplicatesDropped source rows lost to the order column or the duplicate policy
 * @param inserted source rows added
 * @param updated target rows of which a value changed
 * @param unchanged matched target rows that held all the values already
 * @param deleted target rows removed, by a match or for lack of one
 * @param stale matched target rows left alone because they are newer than the source
 * @param ignored source rows, after duplicates are gone, that were neither inserted nor acted on:
 *     without a match and not to be inserted, or with a match that is to be kept
 * @param targetRowsBefore rows of the target before the merge
 * @param targetRowsAfter rows of the target after the merge
 */
public record MergeCounts(
    long sourceRows,
    long duplicatesDropped,
    long inserted,
    long updated,
    long unchanged,
    long deleted,
    long stale,
    long ignored,
    long targetRowsBefore,
    long targetRowsAfter) {}
