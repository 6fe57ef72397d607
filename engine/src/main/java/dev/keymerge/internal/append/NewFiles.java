package dev.keymerge.internal.append;

import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.StorageOutput;
import java.io.IOException;

/** Creates the files that new rows are written to. */
@FunctionalInterface
public interface NewFiles {
  /**
   * Creates the empty file with number {@code number}, counted from 0; whoever asked syncs and
   * closes it.
   */
  StorageOutput create(int number) throws IOException;

  /** Hears that {@code file}, which has that number, is complete, synced and closed. */
  default void finished(int number, WrittenFile file) throws IOException {}
}
