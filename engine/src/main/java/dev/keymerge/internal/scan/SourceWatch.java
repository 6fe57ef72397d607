package dev.keymerge.internal.scan;

import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.List;

/**
 * Is told where the files of a source are looked for, and which were found, so that nobody reads a
 * dataset that is half of one version and half of another.
 */
public interface SourceWatch {
  /** Watches nothing. */
  SourceWatch NONE =
      new SourceWatch() {
        @Override
        public void looking(StoragePath place) {}

        @Override
        public void found(List<StoragePath> files) {}
      };

  /**
   * Called before files are looked for at {@code place}, a file or a directory, or below it; may
   * throw to refuse the source.
   */
  void looking(StoragePath place) throws IOException;

  /** Called with the files that were found; may throw to refuse them. */
  void found(List<StoragePath> files) throws IOException;
}
