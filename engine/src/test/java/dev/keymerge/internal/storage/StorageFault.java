package dev.keymerge.internal.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.EnumSet;
import java.util.Set;

/** Names a way in which an operation of a storage fails. */
public enum StorageFault {
  /** The device fails; nothing is done. */
  INPUT_OUTPUT(EnumSet.complementOf(EnumSet.of(StorageAct.CLOSE, StorageAct.SPACE))) {
    @Override
    IOException failure(String path) {
      return new FileSystemException(path, null, "Input/output error");
    }
  },
  /** The disk is full; nothing is done. */
  NO_SPACE(
      EnumSet.of(
          StorageAct.CREATE,
          StorageAct.WRITE,
          StorageAct.SYNC,
          StorageAct.MAKE_DIRECTORY,
          StorageAct.LINK,
          StorageAct.RENAME,
          StorageAct.LOCK)) {
    @Override
    IOException failure(String path) {
      return new FileSystemException(path, null, "No space left on device");
    }
  },
  /** The permission is missing; nothing is done. */
  PERMISSION(
      EnumSet.of(
          StorageAct.STATUS,
          StorageAct.LIST,
          StorageAct.OPEN,
          StorageAct.CREATE,
          StorageAct.MAKE_DIRECTORY,
          StorageAct.ATTRIBUTES,
          StorageAct.LINK,
          StorageAct.RENAME,
          StorageAct.DELETE,
          StorageAct.LOCK)) {
    @Override
    IOException failure(String path) {
      return new AccessDeniedException(path, null, "permission denied");
    }
  },
  /** A part of the bytes is written, then the disk is full. */
  SHORT_WRITE(EnumSet.of(StorageAct.WRITE)) {
    @Override
    IOException failure(String path) {
      return new FileSystemException(path, null, "No space left on device");
    }
  },
  /** The file is closed, but reports that something went wrong before. */
  FAILING_CLOSE(EnumSet.of(StorageAct.CLOSE)) {
    @Override
    IOException failure(String path) {
      return new FileSystemException(path, null, "Input/output error");
    }
  },
  /** What was written may or may not be on disk. */
  FAILING_SYNC(EnumSet.of(StorageAct.SYNC)) {
    @Override
    IOException failure(String path) {
      return new FileSystemException(path, null, "Input/output error");
    }
  },
  /** A name is not changed. */
  FAILING_RENAME(EnumSet.of(StorageAct.RENAME, StorageAct.LINK, StorageAct.DELETE)) {
    @Override
    IOException failure(String path) {
      return new FileSystemException(path, null, "Device or resource busy");
    }
  },
  /** A name is changed, but the answer gets lost. */
  RENAME_REPORTED_AS_FAILED(
      EnumSet.of(
          StorageAct.RENAME, StorageAct.LINK, StorageAct.DELETE, StorageAct.MAKE_DIRECTORY)) {
    @Override
    IOException failure(String path) {
      return new FileSystemException(path, null, "Input/output error");
    }
  };

  // One bit per kind of operation.
  private final long acts;

  StorageFault(Set<StorageAct> acts) {
    this.acts = acts.stream().mapToLong(act -> 1L << act.ordinal()).sum();
  }

  /** Returns whether an operation of that kind can fail so. */
  public boolean fits(StorageAct act) {
    return (acts & 1L << act.ordinal()) != 0;
  }

  /** Returns what an operation on {@code path} then throws. */
  abstract IOException failure(String path);
}
