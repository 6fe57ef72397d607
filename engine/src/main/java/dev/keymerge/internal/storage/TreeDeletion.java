package dev.keymerge.internal.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Deletes every file and directory that it visits, and follows no links. Stateless. */
final class TreeDeletion extends SimpleFileVisitor<Path> {
  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
    return remove(file);
  }

  @Override
  public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
    if (failure instanceof NoSuchFileException) {
      return FileVisitResult.CONTINUE;
    }
    if (failure instanceof AccessDeniedException) {
      // Nobody needs to look into an empty directory to remove it.
      return remove(file);
    }
    throw LocalStorage.explained(file, failure);
  }

  @Override
  public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
      throws IOException {
    if (failure != null) {
      throw LocalStorage.explained(directory, failure);
    }
    return remove(directory);
  }

  private static FileVisitResult remove(Path path) throws IOException {
    try {
      Files.deleteIfExists(path);
    } catch (DirectoryNotEmptyException closed) {
      if (Files.isReadable(path)) {
        throw LocalStorage.explained(path, closed);
      }
      AccessDeniedException denied = new AccessDeniedException(path.toString());
      denied.addSuppressed(closed);
      throw LocalStorage.explained(path, denied);
    } catch (IOException failure) {
      throw LocalStorage.explained(path, failure);
    }
    return FileVisitResult.CONTINUE;
  }
}
