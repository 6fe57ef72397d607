package dev.keymerge.testdata.row;

import java.util.Objects;

/**
 * Names one column of a table and says what its values mean and whether they may be missing.
 *
 * @param name exact name, case matters
 * @param type what the values mean
 * @param presence whether a value may be null
 */
public record Column(String name, LogicalType type, Presence presence) {

  /** Says whether a column may hold nulls. */
  public enum Presence {
    /** Values may be null. */
    NULLABLE,
    /** Every row has a value. */
    REQUIRED
  }

  /** Checks that nothing is missing. */
  public Column {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(presence, "presence");
  }

  /** Makes a column whose values may be null. */
  public static Column nullable(String name, LogicalType type) {
    return new Column(name, type, Presence.NULLABLE);
  }

  /** Makes a column without nulls. */
  public static Column required(String name, LogicalType type) {
    return new Column(name, type, Presence.REQUIRED);
  }

  /** Tells whether null is forbidden. */
  public boolean isRequired() {
    return presence == Presence.REQUIRED;
  }
}
