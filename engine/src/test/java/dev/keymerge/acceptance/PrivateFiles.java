package dev.keymerge.acceptance;

import java.nio.file.Files;
import java.nio.file.Path;

/** Tells the history, which stays where a merge changed something, from what must not stay. */
final class PrivateFiles {
  private static final String HOME = "_keymerge";
  private static final String HISTORY = "history";

  private PrivateFiles() {}

  /** Returns whether {@code path} is a history, or a directory that is there for one. */
  static boolean isForHistory(Path path) {
    if (Files.isRegularFile(path)) {
      Path parent = path.getParent();
      return path.endsWith(HISTORY) && (isHome(parent) || isHome(parent.getParent()));
    }
    return isHome(path) && !isEmpty(path)
        || isHome(path.getParent()) && Files.exists(path.resolve(HISTORY));
  }

  private static boolean isHome(Path directory) {
    return directory.endsWith(HOME);
  }

  private static boolean isEmpty(Path directory) {
    String[] names = directory.toFile().list();
    return names != null && names.length == 0;
  }
}
