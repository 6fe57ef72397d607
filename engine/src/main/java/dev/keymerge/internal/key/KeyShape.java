package dev.keymerge.internal.key;

/** Says how a whole key is held. */
public enum KeyShape {
  /** One word: a key of a single component that is a number, a date, a time or a few bytes. */
  WORD,
  /** Two words into which several small components, or one of sixteen bytes, are packed. */
  PAIR,
  /** A range of bytes: everything else. */
  BYTES
}
