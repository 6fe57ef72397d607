package dev.keymerge.cli;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Is the directory of a demo, and makes sure that it is nothing else.
 *
 * <p>A demo leaves a marker in its directory. Only where the marker stands does the next demo
 * delete anything, and then only what a demo makes; a directory with other contents is refused.
 *
 * @param path the directory
 */
record DemoDirectory(Path path) {
  private static final String MARKER = ".keymerge-demo";
  private static final String MARKER_TEXT =
      """
      'keymerge demo' made this directory. When it runs again, it deletes lineitem/ and
      changes.parquet in it and makes them anew.
      """;

  /** Returns the dataset that is merged into. */
  Path target() {
    return path.resolve("lineitem");
  }

  /** Returns the file of changes. */
  Path source() {
    return path.resolve("changes.parquet");
  }

  /**
   * Makes the directory, or empties it of what an earlier demo made.
   *
   * @throws MergeException.InvalidRequest if there is something else
   */
  void prepare() throws IOException {
    Path marker = path.resolve(MARKER);
    if (Files.isRegularFile(marker, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(source());
      deleteTree(target());
      return;
    }
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !isEmptyDirectory()) {
      throw new MergeException.InvalidRequest(
          path + " is there already and was not made by a demo.",
          "Name an empty or a new directory: keymerge demo --directory DIR");
    }
    Files.createDirectories(path);
    Files.writeString(marker, MARKER_TEXT);
  }

  private boolean isEmptyDirectory() throws IOException {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    }
  }

  /** Deletes a directory and what is in it; a link is deleted, not followed. */
  private static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path emptied, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(emptied);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
