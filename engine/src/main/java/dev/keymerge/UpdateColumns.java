package dev.keymerge;

import java.util.List;

/** Says which columns an update may change; key columns never change. */
public sealed interface UpdateColumns {
  /** Updates every column that the source has. */
  UpdateColumns ALL = new AllExcept(List.of());

  /** Updates only the named columns. */
  static UpdateColumns only(List<String> columns) {
    return new Only(List.copyOf(columns));
  }

  /** Updates every column that the source has, but not the named ones. */
  static UpdateColumns allExcept(List<String> columns) {
    return new AllExcept(List.copyOf(columns));
  }

  /** Returns the names that were given. */
  List<String> columns();

  /**
   * Updates only these columns.
   *
   * @param columns their names
   */
  record Only(List<String> columns) implements UpdateColumns {}

  /**
   * Updates all columns but these.
   *
   * @param columns their names
   */
  record AllExcept(List<String> columns) implements UpdateColumns {}
}
