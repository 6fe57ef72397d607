package dev.keymerge.internal.job;

import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.target.TargetFile;
import org.jspecify.annotations.Nullable;

/**
 * Ties a target file to what became of it.
 *
 * @param target the file
 * @param outcome what the merge does with it
 * @param written what the successor holds, or null if there is none
 * @param rowGroupsCopied row groups of the successor that were copied whole
 */
record FileWork(
    TargetFile target, FileOutcome outcome, @Nullable WrittenFile written, long rowGroupsCopied) {

  /** Ties a file to an outcome without a successor. */
  static FileWork unwritten(TargetFile target, FileOutcome outcome) {
    return new FileWork(target, outcome, null, 0);
  }
}
