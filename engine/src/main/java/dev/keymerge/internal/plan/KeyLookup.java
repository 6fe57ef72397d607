package dev.keymerge.internal.plan;

/**
 * Knows every distinct key of the source and which of them the target has.
 *
 * <p>Thread-safe once built.
 */
public interface KeyLookup {
  /** Opens a probe for one thread; the caller closes it. */
  KeyProbe probe();
}
