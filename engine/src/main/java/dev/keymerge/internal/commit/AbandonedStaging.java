package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;

/** Tells whether nobody needs what a merge has staged any more. */
@FunctionalInterface
public interface AbandonedStaging {
  /**
   * Returns whether the merge that owns {@code stagingDirectory} is over, and nobody means to take
   * it up again; false whenever that is not certain.
   */
  boolean isAbandoned(StoragePath stagingDirectory) throws IOException;
}
