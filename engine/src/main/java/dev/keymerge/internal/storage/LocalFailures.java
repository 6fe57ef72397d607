package dev.keymerge.internal.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * Completes the failures of the platform, which often say either what failed or where, but not
 * both.
 */
final class LocalFailures {
  private LocalFailures() {}

  /**
   * Returns a failure of the same kind, as far as callers tell kinds apart, that says what failed
   * and that it was at {@code path}.
   */
  static IOException explained(String path, IOException failure) {
    IOException explained = translated(path, failure);
    if (explained != failure) {
      explained.initCause(failure);
    }
    return explained;
  }

  private static IOException translated(String path, IOException failure) {
    if (failure instanceof ClosedByInterruptException) {
      return new InterruptedIOException(path + ": interrupted");
    }
    if (failure instanceof FileSystemException of && of.getFile() != null) {
      return translated(of.getFile(), of.getOtherFile(), of);
    }
    if (failure instanceof EOFException || String.valueOf(failure.getMessage()).contains(path)) {
      return failure;
    }
    String reason = failure.getMessage();
    return new IOException(path + ": " + (reason == null ? failure.getClass().getName() : reason));
  }

  private static IOException translated(
      String file, @Nullable String other, FileSystemException failure) {
    if (failure.getReason() != null || failure instanceof FileSystemLoopException) {
      return failure;
    }
    if (failure instanceof NoSuchFileException) {
      return new NoSuchFileException(file, other, "no such file or directory");
    }
    if (failure instanceof AccessDeniedException) {
      return new AccessDeniedException(file, other, "permission denied");
    }
    if (failure instanceof FileAlreadyExistsException) {
      return new FileAlreadyExistsException(file, other, "already exists");
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return new FileSystemException(file, other, "the directory is not empty");
    }
    return failure;
  }
}
