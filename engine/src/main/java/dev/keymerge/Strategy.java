package dev.keymerge;

/**
 * Names the usual answers to what happens to matched rows, to new rows, and to rows that the source
 * does not have.
 */
public enum Strategy {
  /** Updates matched rows and inserts the others. */
  UPSERT(MatchedAction.UPDATE, NotMatchedAction.INSERT, NotMatchedBySourceAction.KEEP),
  /** Inserts rows that have no match; matched rows stay as they are. */
  INSERT(MatchedAction.KEEP, NotMatchedAction.INSERT, NotMatchedBySourceAction.KEEP),
  /** Updates matched rows; source rows without a match are ignored. */
  UPDATE(MatchedAction.UPDATE, NotMatchedAction.IGNORE, NotMatchedBySourceAction.KEEP),
  /** Deletes matched rows; source rows without a match are ignored. */
  DELETE(MatchedAction.DELETE, NotMatchedAction.IGNORE, NotMatchedBySourceAction.KEEP),
  /**
   * Makes the target hold exactly the keys of the source: updates, inserts, and deletes what the
   * source lacks.
   */
  SYNC(MatchedAction.UPDATE, NotMatchedAction.INSERT, NotMatchedBySourceAction.DELETE);

  private final MatchedAction matched;
  private final NotMatchedAction notMatched;
  private final NotMatchedBySourceAction notMatchedBySource;

  Strategy(
      MatchedAction matched,
      NotMatchedAction notMatched,
      NotMatchedBySourceAction notMatchedBySource) {
    this.matched = matched;
    this.notMatched = notMatched;
    this.notMatchedBySource = notMatchedBySource;
  }

  /** Returns what happens to a target row whose key the source has. */
  public MatchedAction matched() {
    return matched;
  }

  /** Returns what happens to a source row whose key the target lacks. */
  public NotMatchedAction notMatched() {
    return notMatched;
  }

  /** Returns what happens to a target row whose key the source lacks. */
  public NotMatchedBySourceAction notMatchedBySource() {
    return notMatchedBySource;
  }
}
