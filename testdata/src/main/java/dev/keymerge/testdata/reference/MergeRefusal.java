package dev.keymerge.testdata.reference;

/** Says that the rules forbid a merge, and of what kind the reason is. */
public final class MergeRefusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Names the reasons to refuse a merge, in the order in which they are looked for. */
  public enum Kind {
    /** Columns are missing, superfluous, of types that do not convert, or named wrongly. */
    SCHEMA,
    /** A value does not fit the target's type without loss. */
    CONVERSION,
    /** A key has a null and null keys are forbidden. */
    NULL_KEY,
    /** Several source rows have one key and duplicates are forbidden. */
    DUPLICATE_KEY,
    /** A source row has a match and matches are forbidden. */
    MATCHED,
    /** A source row has no match and that is forbidden. */
    NOT_MATCHED,
    /** A null would be written to a column that must have a value. */
    REQUIRED_VALUE
  }

  private final Kind kind;

  MergeRefusal(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Tells the kind of reason. */
  public Kind kind() {
    return kind;
  }
}
