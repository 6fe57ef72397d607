package dev.keymerge.internal.parquet;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the Parquet project's collection of sample files, if it stands beside the repository, and
 * opens files.
 */
final class SampleFiles {
  private SampleFiles() {}

  /**
   * Returns the sample files of one directory of the collection, in name order; empty if there is
   * no collection.
   */
  static List<Path> in(String directory) {
    Optional<Path> found = collection();
    if (found.isEmpty()) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(found.get().resolve(directory))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> collection() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve("shared").resolve("parquet-testing");
      if (Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** Opens the bytes of a file. */
  static StorageInput input(Path file) {
    LocalStorage storage = new LocalStorage();
    try {
      return storage.open(storage.resolve(file.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Cuts every page into slices of a few entries. */
  static final PageLimits SLICES = new PageLimits(0, 0, 7, 64);

  /** Opens a file whose readers charge {@code budget} and show pages as {@code limits} says. */
  static ParquetFile open(Path file, MemoryBudget budget, PageLimits limits) {
    return ParquetFile.open(input(file), new ParquetMemory(budget, "test", limits));
  }

  /** Opens a file whose readers charge {@code budget}. */
  static ParquetFile open(Path file, MemoryBudget budget) {
    return ParquetFile.open(input(file), new ParquetMemory(budget, "test"));
  }
}
