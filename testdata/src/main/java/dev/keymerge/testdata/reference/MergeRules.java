package dev.keymerge.testdata.reference;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * States everything that decides the outcome of one merge. Immutable.
 *
 * <p>Start from {@link #upsert}, {@link #insert}, {@link #update}, {@link #delete}, {@link #sync}
 * or {@link #of}, and refine with the {@code with} methods, each of which gives a changed copy.
 *
 * @param keyColumns names of the columns that identify a row, at least one
 * @param actions what happens to matched and unmatched rows
 * @param nullKeys what a null in a key column means
 * @param duplicates which of several source rows with one key counts
 * @param orderColumn column whose greatest value wins, or null
 * @param deleteMarker which source rows delete instead of update, or null
 * @param updateColumns which columns an update writes
 */
public record MergeRules(
    List<String> keyColumns,
    Actions actions,
    NullKeys nullKeys,
    DuplicateKeys duplicates,
    @Nullable String orderColumn,
    @Nullable DeleteMarker deleteMarker,
    UpdateColumns updateColumns) {

  /** Says what happens to a target row that a source row matches. */
  public enum Matched {
    /** Take the source row's values. */
    UPDATE,
    /** Leave the target row alone. */
    KEEP,
    /** Remove the target row. */
    DELETE,
    /** Refuse the merge. */
    FAIL
  }

  /** Says what happens to a source row that matches no target row. */
  public enum NotMatched {
    /** Add the source row. */
    INSERT,
    /** Drop the source row. */
    IGNORE,
    /** Refuse the merge. */
    FAIL
  }

  /** Says what happens to a target row that no source row matches. */
  public enum NotMatchedBySource {
    /** Leave the target row alone. */
    KEEP,
    /** Remove the target row. */
    DELETE
  }

  /** Says what a null in a key column means. */
  public enum NullKeys {
    /** Null equals null, component by component. */
    MATCH,
    /** A row with a null in its key matches nothing, and is nobody's duplicate. */
    NEVER,
    /** A source or target row with a null in its key refuses the merge. */
    FAIL
  }

  /** Says which of several source rows with one key counts. */
  public enum DuplicateKeys {
    /** Refuse the merge. */
    FAIL,
    /** The first in source order. */
    FIRST,
    /** The last in source order. */
    LAST
  }

  /**
   * Answers the three questions that make a strategy.
   *
   * @param matched for target rows with a match
   * @param notMatched for source rows without a match
   * @param notMatchedBySource for target rows without a match
   */
  public record Actions(
      Matched matched, NotMatched notMatched, NotMatchedBySource notMatchedBySource) {}

  /**
   * Marks source rows as deletions: those whose column has the value that the text says.
   *
   * @param column a source column
   * @param text the marking value, written as text
   */
  public record DeleteMarker(String column, String text) {}

  /**
   * Selects the columns that an update writes; inserts always write all. Key columns are never
   * updated.
   *
   * @param selection how the names are meant
   * @param names column names, empty for {@link Selection#ALL}
   */
  public record UpdateColumns(Selection selection, List<String> names) {

    /** Says how a list of names is meant. */
    public enum Selection {
      /** Every column of the source. */
      ALL,
      /** The named columns. */
      ONLY,
      /** Every column of the source but the named ones. */
      EXCEPT
    }

    /** Copies the names. */
    public UpdateColumns {
      names = List.copyOf(names);
    }

    /** Selects every column that the source has. */
    public static UpdateColumns all() {
      return new UpdateColumns(Selection.ALL, List.of());
    }

    /** Selects the named columns. */
    public static UpdateColumns only(String... names) {
      return new UpdateColumns(Selection.ONLY, List.of(names));
    }

    /** Selects every column that the source has but the named ones. */
    public static UpdateColumns except(String... names) {
      return new UpdateColumns(Selection.EXCEPT, List.of(names));
    }

    boolean includes(String name) {
      return switch (selection) {
        case ALL -> true;
        case ONLY -> names.contains(name);
        case EXCEPT -> !names.contains(name);
      };
    }
  }

  /** Copies the key columns and checks that there are some. */
  public MergeRules {
    keyColumns = List.copyOf(keyColumns);
    if (keyColumns.isEmpty()) {
      throw new IllegalArgumentException("no key columns");
    }
    Objects.requireNonNull(actions, "actions");
  }

  boolean updates() {
    return actions.matched() == Matched.UPDATE;
  }

  boolean inserts() {
    return actions.notMatched() == NotMatched.INSERT;
  }

  boolean writesValues() {
    return updates() || inserts();
  }

  /** Updates matches, inserts the rest. */
  public static MergeRules upsert(String... keyColumns) {
    return of(new Actions(Matched.UPDATE, NotMatched.INSERT, NotMatchedBySource.KEEP), keyColumns);
  }

  /** Inserts what has no match. */
  public static MergeRules insert(String... keyColumns) {
    return of(new Actions(Matched.KEEP, NotMatched.INSERT, NotMatchedBySource.KEEP), keyColumns);
  }

  /** Updates matches only. */
  public static MergeRules update(String... keyColumns) {
    return of(new Actions(Matched.UPDATE, NotMatched.IGNORE, NotMatchedBySource.KEEP), keyColumns);
  }

  /** Deletes matches. */
  public static MergeRules delete(String... keyColumns) {
    return of(new Actions(Matched.DELETE, NotMatched.IGNORE, NotMatchedBySource.KEEP), keyColumns);
  }

  /** Makes the target hold the source's keys and no others. */
  public static MergeRules sync(String... keyColumns) {
    return of(
        new Actions(Matched.UPDATE, NotMatched.INSERT, NotMatchedBySource.DELETE), keyColumns);
  }

  /** Takes the three actions one by one, with the default for everything else. */
  public static MergeRules of(Actions actions, String... keyColumns) {
    return new MergeRules(
        List.of(keyColumns),
        actions,
        NullKeys.MATCH,
        DuplicateKeys.FAIL,
        null,
        null,
        UpdateColumns.all());
  }

  /** Gives a copy with another meaning of null keys. */
  public MergeRules withNullKeys(NullKeys policy) {
    return new MergeRules(
        keyColumns, actions, policy, duplicates, orderColumn, deleteMarker, updateColumns);
  }

  /** Gives a copy with another choice among duplicates. */
  public MergeRules withDuplicates(DuplicateKeys policy) {
    return new MergeRules(
        keyColumns, actions, nullKeys, policy, orderColumn, deleteMarker, updateColumns);
  }

  /** Gives a copy in which the greatest value of a column wins. */
  public MergeRules withOrderColumn(String column) {
    return new MergeRules(
        keyColumns, actions, nullKeys, duplicates, column, deleteMarker, updateColumns);
  }

  /** Gives a copy in which rows whose column has the value of the text are deletions. */
  public MergeRules withDeleteMarker(String column, String text) {
    DeleteMarker marker = new DeleteMarker(column, text);
    return new MergeRules(
        keyColumns, actions, nullKeys, duplicates, orderColumn, marker, updateColumns);
  }

  /** Gives a copy whose updates write other columns. */
  public MergeRules withUpdateColumns(UpdateColumns columns) {
    return new MergeRules(
        keyColumns, actions, nullKeys, duplicates, orderColumn, deleteMarker, columns);
  }
}
