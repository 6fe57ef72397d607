package dev.keymerge.internal.commit;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.ParquetFooter;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
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
  private final Map<StoragePath, Long> footers = new HashMap<>();

  StagedFileCheck(Storage storage, StagingArea staging, ParquetMemory memory) {
    this.storage = storage;
    this.staging = staging;
    this.memory = memory;
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
    for (StagedChange change : plan.changes()) {
      StagedFile staged = stagedFile(change);
      if (staged != null) {
        check(staged);
        after += staged.rows();
      }
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

  /** Returns the digest of the footer that was found in a staged file. */
  long footer(StagedFile staged) {
    Long digest = footers.get(staged.path());
    if (digest == null) {
      throw new IllegalStateException("Not checked: " + staged.path());
    }
    return digest;
  }

  private void check(StagedFile staged) {
    if (!staging.isSynced(staged.path())) {
      throw defect("The staged file " + staged.path() + " was not synced");
    }
    long rows;
    try (StorageInput input = storage.open(staged.path())) {
      rows = ParquetFooter.read(input, memory).rows();
      footers.put(staged.path(), FooterDigest.of(input));
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
