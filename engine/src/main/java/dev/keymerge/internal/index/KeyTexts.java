package dev.keymerge.internal.index;

/** Fetches what messages call the key of a source row, once the rows themselves are gone. */
@FunctionalInterface
public interface KeyTexts {
  /** Returns the text of the key of the row with that ordinal. */
  String of(long ordinal);
}
