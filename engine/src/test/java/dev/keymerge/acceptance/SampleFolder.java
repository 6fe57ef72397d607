package dev.keymerge.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the sample files of the Parquet project: in a folder {@code shared/parquet-testing} beside
 * the repository or above it.
 */
enum SampleFolder {
  /** Files that readers should read. */
  DATA("data"),
  /** Files that are broken on purpose or by bugs. */
  BAD_DATA("bad_data");

  private final String folder;

  SampleFolder(String folder) {
    this.folder = folder;
  }

  /** Returns the folder, or nothing if this machine lacks it. */
  Optional<Path> path() {
    for (Path place = Path.of("").toAbsolutePath(); place != null; place = place.getParent()) {
      Path candidate = place.resolve("shared").resolve("parquet-testing").resolve(folder);
      if (Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** Returns its Parquet files in order; none if this machine lacks the folder. */
  List<Path> files() {
    Path place = path().orElse(null);
    if (place == null) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(place)) {
      return all.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
