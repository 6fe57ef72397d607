package dev.keymerge.testdata.duckdb;

import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.reference.MergeRules.Matched;
import dev.keymerge.testdata.reference.MergeRules.NotMatched;
import dev.keymerge.testdata.reference.MergeRules.NullKeys;
import java.nio.file.Path;
import java.util.List;

/**
 * Asks what a merge of files into files must give.
 *
 * <p>The rules may say everything but this: an order column, a delete marker, {@code FAIL} as an
 * action, and null keys that do not match. The source must have no duplicate keys; the oracle
 * checks that.
 *
 * @param targetFiles files of the target as they are before the merge, in order
 * @param sourceFiles files of the source, in order
 * @param rules what decides the outcome
 */
public record MergeQuestion(List<Path> targetFiles, List<Path> sourceFiles, MergeRules rules) {

  /** Refuses what cannot be answered. */
  public MergeQuestion {
    targetFiles = List.copyOf(targetFiles);
    sourceFiles = List.copyOf(sourceFiles);
    if (rules.orderColumn() != null
        || rules.deleteMarker() != null
        || rules.nullKeys() != NullKeys.MATCH
        || rules.actions().matched() == Matched.FAIL
        || rules.actions().notMatched() == NotMatched.FAIL) {
      throw new IllegalArgumentException("rules beyond this oracle: " + rules);
    }
  }
}
