package dev.keymerge;

/**
 * States how far a scan has come. Immutable.
 *
 * @param rowsDone rows of all chunks so far
 * @param rowsTotal rows of the dataset
 * @param chunksDone chunks so far
 * @param largestChunkBytes the most bytes that the vectors of one chunk held
 */
public record ScanProgress(
    long rowsDone, long rowsTotal, long chunksDone, long largestChunkBytes) {}
