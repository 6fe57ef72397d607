package dev.keymerge;

import java.time.Duration;

/**
 * States how far a merge has come at one moment.
 *
 * <p>Immutable. Rows and files count within the phase and start again at 0 with the next one;
 * bytes, memory and time are those of the whole merge so far. Within a phase, counts never go down.
 *
 * @param phase what the merge is doing
 * @param rowsDone rows dealt with in this phase
 * @param rowsTotal rows that this phase has to deal with, or {@link #UNKNOWN}
 * @param filesDone files dealt with in this phase
 * @param filesTotal files that this phase has to deal with, or {@link #UNKNOWN}
 * @param bytesRead bytes read from storage since the merge began
 * @param bytesWritten bytes written to storage since the merge began
 * @param memoryUsedBytes memory that the engine holds now
 * @param memoryLimitBytes memory that the engine may hold
 * @param elapsed wall-clock time since the merge began
 */
public record Progress(
    MergePhase phase,
    long rowsDone,
    long rowsTotal,
    long filesDone,
    long filesTotal,
    long bytesRead,
    long bytesWritten,
    long memoryUsedBytes,
    long memoryLimitBytes,
    Duration elapsed) {
  /** Stands for a total that is not known, for instance while a stream is read. */
  public static final long UNKNOWN = -1;
}
