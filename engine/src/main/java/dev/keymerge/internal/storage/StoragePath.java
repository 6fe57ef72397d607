package dev.keymerge.internal.storage;

import java.io.Serializable;

/**
 * Names a file or a directory of one {@link Storage}, absolute, with {@code /} between the parts
 * and none at the end.
 *
 * <p>Immutable. Ordered by its text, which is the order in which the files of a dataset are read.
 *
 * @param text the whole path as the storage understands it; never empty
 */
public record StoragePath(String text) implements Comparable<StoragePath>, Serializable {
  private static final long serialVersionUID = 1L;

  /** Checks the path; the root keeps its only slash, every other path has none at its end. */
  public StoragePath {
    if (text.isEmpty() || (text.length() > 1 && text.endsWith("/"))) {
      throw new IllegalArgumentException("Not a storage path: '" + text + "'");
    }
  }

  /** Returns the path below this one; {@code child} may have several parts. */
  public StoragePath resolve(String child) {
    return new StoragePath(text.endsWith("/") ? text + child : text + "/" + child);
  }

  /** Returns the last part. */
  public String name() {
    return text.substring(text.lastIndexOf('/') + 1);
  }

  /** Returns the directory that holds this path; the root is its own parent. */
  public StoragePath parent() {
    int slash = text.lastIndexOf('/');
    return new StoragePath(slash <= 0 ? "/" : text.substring(0, slash));
  }

  /**
   * Returns the parts of this path below {@code root}; the name alone when {@code root} is this
   * path.
   */
  public String relativeTo(StoragePath root) {
    if (equals(root)) {
      return name();
    }
    String prefix = root.text.endsWith("/") ? root.text : root.text + "/";
    if (!text.startsWith(prefix)) {
      throw new IllegalArgumentException(text + " is not below " + root.text);
    }
    return text.substring(prefix.length());
  }

  @Override
  public int compareTo(StoragePath other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
