package dev.keymerge.internal.storage;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Makes digests of a kind that every platform has. */
public final class Sha256 {
  private Sha256() {}

  /** Returns a digest that nothing was added to; not thread-safe. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyPlatformHasIt) {
      throw new IllegalStateException(everyPlatformHasIt);
    }
  }
}
