package dev.keymerge.acceptance;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Holds what stands in a directory at one moment, hidden things too: every name, and of every file
 * its bytes and its time.
 *
 * <p>The times of directories are left out: they change when staging comes and goes in them.
 *
 * @param entries a text per path below the directory; empty if the directory is missing
 */
record DirectoryState(Map<String, String> entries) {

  /** Reads a directory; times count. */
  static DirectoryState of(Path directory) throws IOException {
    return read(directory, true);
  }

  /** Reads a directory; only names and bytes count, and no bytes of the history. */
  static DirectoryState content(Path directory) throws IOException {
    return read(directory, false);
  }

  private static DirectoryState read(Path directory, boolean withTimes) throws IOException {
    Map<String, String> entries = new TreeMap<>();
    if (Files.exists(directory)) {
      try (Stream<Path> paths = Files.walk(directory)) {
        for (Path path : paths.toList()) {
          if (!withTimes && Files.isRegularFile(path) && PrivateFiles.isForHistory(path)) {
            // It tells when the merge was, and so is different every time.
            entries.put(directory.relativize(path).toString(), "history");
            continue;
          }
          String time = withTimes ? " " + Files.getLastModifiedTime(path) : "";
          entries.put(
              directory.relativize(path).toString(),
              Files.isDirectory(path) ? "directory" : digest(path) + time);
        }
      }
    }
    return new DirectoryState(entries);
  }

  /** Returns what is known of one file. */
  String entry(Path directory, Path file) {
    return entries.getOrDefault(directory.relativize(file).toString(), "missing");
  }

  private static String digest(Path file) throws IOException {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return new BigInteger(1, digest).toString(16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
