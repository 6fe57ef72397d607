package dev.keymerge.internal.memory;

/**
 * Tells apart the two places where memory comes from, which the operating system cannot exchange
 * for each other once a virtual machine runs.
 */
public enum MemoryKind {
  /** Arrays and objects of the Java heap: pages, dictionaries, footers, bitmaps. */
  HEAP("heap"),

  /** Memory outside of the heap: Arrow buffers and what native libraries hold. */
  NATIVE("native memory");

  private final String text;

  MemoryKind(String text) {
    this.text = text;
  }

  /** Returns the name that messages show. */
  public String text() {
    return text;
  }
}
