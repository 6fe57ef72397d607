package dev.keymerge.internal.append;

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
}
