package dev.keymerge.acceptance;

import dev.keymerge.internal.storage.CrashStorage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Holds what readers of a dataset see at one moment: every file that is not hidden, and its bytes.
 *
 * @param files bytes by path
 */
record DatasetImage(Map<String, ByteBuffer> files) {
  private static final Pattern HIDDEN = Pattern.compile(".*/[_.].*");
  private static final Pattern MERGE_ID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  /** Looks at a target: a directory, or one file. */
  static DatasetImage of(CrashStorage storage, String target) {
    Map<String, ByteBuffer> files = new TreeMap<>();
    storage
        .files()
        .forEach(
            (path, bytes) -> {
              boolean inside = path.equals(target) || path.startsWith(target + "/");
              if (inside && !HIDDEN.matcher(path).matches()) {
                files.put(path, ByteBuffer.wrap(bytes));
              }
            });
    return new DatasetImage(files);
  }

  /**
   * Lists all that stands on a storage, hidden things too, with one name for every merge's own.
   *
   * <p>Of the directories above the target, those count that were there at the {@code start}:
   * nobody can tell who made an empty one above a target that does not exist.
   */
  static List<String> places(CrashStorage storage, String target, CrashStorage start) {
    List<String> places = new ArrayList<>();
    List<String> before = start.paths();
    for (String path : storage.paths()) {
      if (target.startsWith(path + "/") && !before.contains(path)) {
        continue;
      }
      places.add(MERGE_ID.matcher(path).replaceAll("<merge>"));
    }
    return places;
  }

  /** Returns whether every file here is one of one of these images, whole and in its place. */
  boolean isMadeOf(DatasetImage... images) {
    for (Map.Entry<String, ByteBuffer> file : files.entrySet()) {
      boolean known = false;
      for (DatasetImage image : images) {
        known |= file.getValue().equals(image.files.get(file.getKey()));
      }
      if (!known) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    files.forEach(
        (path, bytes) ->
            text.append(path)
                .append(' ')
                .append(bytes.remaining())
                .append(' ')
                .append(Integer.toHexString(bytes.hashCode()))
                .append("; "));
    return text.toString();
  }
}
