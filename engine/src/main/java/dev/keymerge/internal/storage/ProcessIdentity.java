package dev.keymerge.internal.storage;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Names a process, so that people can find it.
 *
 * @param process its number on its machine
 * @param host the machine
 * @param user who runs it; empty if that is not known
 */
public record ProcessIdentity(long process, String host, String user) {
  private static final Path KERNEL_NAME = Path.of("/proc/sys/kernel/hostname");

  /** Returns the name of this process. */
  public static ProcessIdentity current() {
    ProcessHandle handle = ProcessHandle.current();
    return new ProcessIdentity(handle.pid(), hostName(), handle.info().user().orElse(""));
  }

  private static String hostName() {
    try {
      // The kernel knows the name without asking the network, which may take its time.
      return Files.readString(KERNEL_NAME).strip();
    } catch (IOException notLinux) {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException nameless) {
        return "localhost";
      }
    }
  }
}
