package dev.keymerge.internal.commit;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.ParquetFooter;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the footer of every staged file back, and checks that no row was lost or doubled on the
 * way.
 *
 * <p>Serves one publication; not thread-safe. What it finds wrong is a defect of this program, and
 * the target is as it was.
 */
final class StagedFileCheck {
  private final Storage storage;
  private final StagingArea staging;
  private final ParquetMemory memory;
  private final Runnable checkpoint;
  // By the number of the change; 0 for a change without a staged file.
  private long[] footers = new long[0];

  StagedFileCheck(CommitResources resources, StagingArea staging) {
    this.storage = resources.storage();
    this.staging = staging;
    this.memory = resources.memory();
    this.checkpoint = resources.checkpoint();
  }

  /**
   * Checks every staged file of {@code plan}.
   *
   * @param rowsBefore rows of the target
   * @param rowsKept rows of the files of the target that do not change
   * @return the rows of the target afterwards
   */
  long run(PublicationPlan plan, long rowsBefore, long rowsKept) {
    long after = rowsKept;
    footers = new long[plan.changes().size()];
    int index = 0;
    for (StagedChange change : plan.changes()) {
      checkpoint.run();
      StagedFile staged = stagedFile(change);
      if (staged != null) {
        footers[index] = check(staged);
        after += staged.rows();
      }
      index++;
    }
    PublicationPlan.Rows rows = plan.rows();
    if (rowsBefore + rows.inserted() - rows.deleted() != after) {
      throw defect(
          String.format(
              "%d rows plus %d inserted minus %d deleted do not make the %d rows that were written",
              rowsBefore, rows.inserted(), rows.deleted(), after));
    }
    return after;
  }

  /** Returns the digest of the footer that was found in the staged file of a change. */
  long footer(int change) {
    return footers[change];
  }

  /** Checks a file and returns the digest of its footer. */
  private long check(StagedFile staged) {
    if (!staging.isSynced(staged.path())) {
      throw defect("The staged file " + staged.path() + " was not synced");
    }
    long rows;
    long digest;
    try (StorageInput input = storage.open(staged.path())) {
      rows = ParquetFooter.read(input, memory).rows();
      digest = FooterDigest.of(input);
    } catch (IOException failure) {
      throw StorageFailure.of("read back what was written", failure);
    } catch (MergeException.BadData malformed) {
      IllegalStateException failure =
          defect("The staged file " + staged.path() + " cannot be read back");
      failure.initCause(malformed);
      throw failure;
    }
    if (rows != staged.rows()) {
      throw defect(
          String.format(
              "The staged file %s holds %d rows instead of %d",
              staged.path(), rows, staged.rows()));
    }
    return digest;
  }

  private static IllegalStateException defect(String problem) {
    return new IllegalStateException(
        problem + ". This is a defect of Keymerge; the target is as it was.");
  }

  private static @Nullable StagedFile stagedFile(StagedChange change) {
    if (change instanceof StagedChange.Replace replace) {
      return replace.staged();
    }
    return change instanceof StagedChange.Add add ? add.staged() : null;
  }
}
