package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;

/** Removes what a merge has staged once nobody needs it any more. */
@FunctionalInterface
public interface AbandonedStaging {
  /**
   * Removes {@code stagingDirectory} if the merge that owns it is over, and nobody means to take it
   * up again; returns false, and leaves it to others, whenever that is not certain.
   */
  boolean remove(StoragePath stagingDirectory) throws IOException;
}
