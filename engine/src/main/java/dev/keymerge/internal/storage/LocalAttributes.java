package dev.keymerge.internal.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Map;
import java.util.Objects;

/**
 * Hands owner, group and permissions of one local file or directory on to another.
 *
 * <p>The other one never becomes open to anyone to whom the model is closed: where its group cannot
 * be that of the model, its group may only do what everyone may. Pure functions.
 */
final class LocalAttributes {
  private static final String UNIX = "unix";
  private static final String MODE = "unix:mode";
  private static final int PERMISSIONS = 0777;
  private static final int ALL_BITS = 07777;
  private static final int GROUP = 0070;
  private static final int GROUP_SHIFT = 3;
  private static final int EXECUTE = 0111;
  private static final int SET_GROUP = 02000;
  private static final int STICKY = 01000;

  private LocalAttributes() {}

  /** Copies what {@code model} has to {@code file}, as far as this process may. */
  static void copy(Path model, Path file) throws IOException {
    PosixFileAttributeView from = Files.getFileAttributeView(model, PosixFileAttributeView.class);
    PosixFileAttributeView to = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (from == null || to == null) {
      return;
    }
    PosixFileAttributes wanted = from.readAttributes();
    PosixFileAttributes actual = to.readAttributes();
    // Before the permissions: a new owner may take some away.
    boolean sameGroup = wanted.group().equals(actual.group());
    try {
      if (!sameGroup) {
        to.setGroup(wanted.group());
        sameGroup = true;
      }
      if (!wanted.owner().equals(actual.owner())) {
        to.setOwner(wanted.owner());
      }
    } catch (IOException notPermitted) {
      // Only a privileged process may give files away, and only to its groups may any other.
    }
    if (model.getFileSystem().supportedFileAttributeViews().contains(UNIX)) {
      boolean directory = actual.isDirectory();
      int mode = mode(mode(model), wanted.isDirectory(), directory, sameGroup);
      if (mode != (mode(file) & ALL_BITS)) {
        Files.setAttribute(file, MODE, mode);
      }
    } else if (!wanted.permissions().equals(actual.permissions())) {
      to.setPermissions(wanted.permissions());
    }
  }

  private static int mode(Path path) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(path, MODE);
    return (Integer) Objects.requireNonNull(attributes.get("mode"));
  }

  /** Returns the mode for a copy of what has the mode {@code model}. */
  static int mode(int model, boolean fromDirectory, boolean toDirectory, boolean sameGroup) {
    int mode = model & PERMISSIONS;
    if (fromDirectory && !toDirectory) {
      // Who may look into a directory may read a file in it, but has nothing to run there.
      mode &= ~EXECUTE;
    }
    if (!sameGroup) {
      mode &= ~GROUP | (mode << GROUP_SHIFT);
    }
    if (fromDirectory && toDirectory) {
      mode |= model & STICKY;
      // What is made in it shall belong to the same group; to run as another user is for no file.
      mode |= sameGroup ? model & SET_GROUP : 0;
    }
    return mode;
  }
}
