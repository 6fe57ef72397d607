package dev.keymerge.acceptance;

import dev.keymerge.DeleteMarker;
import dev.keymerge.DuplicatePolicy;
import dev.keymerge.MatchedAction;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.NotMatchedAction;
import dev.keymerge.NotMatchedBySourceAction;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.Source;
import dev.keymerge.UpdateColumns;
import dev.keymerge.testdata.reference.MergeCounts;
import dev.keymerge.testdata.reference.MergeRules;
import java.nio.file.Path;

/**
 * Says in the engine's words what the reference merge is asked, and reads the engine's counts in
 * its words.
 */
final class CaseRequest {
  private CaseRequest() {}

  static MergeRequest of(MergeRules rules, Source source, Path target) {
    MergeRequest.Builder request =
        MergeRequest.builder()
            .source(source)
            .target(target)
            .keyColumns(rules.keyColumns())
            .whenMatched(MatchedAction.valueOf(rules.actions().matched().name()))
            .whenNotMatched(NotMatchedAction.valueOf(rules.actions().notMatched().name()))
            .whenNotMatchedBySource(
                NotMatchedBySourceAction.valueOf(rules.actions().notMatchedBySource().name()))
            .onDuplicate(DuplicatePolicy.valueOf(rules.duplicates().name()))
            .nullKeys(NullKeyPolicy.valueOf(rules.nullKeys().name()))
            .updateColumns(updateColumns(rules.updateColumns()))
            .orderBy(rules.orderColumn());
    if (rules.deleteMarker() != null) {
      request.deleteWhen(
          new DeleteMarker(rules.deleteMarker().column(), rules.deleteMarker().text()));
    }
    return request.build();
  }

  private static UpdateColumns updateColumns(MergeRules.UpdateColumns columns) {
    return switch (columns.selection()) {
      case ALL -> UpdateColumns.ALL;
      case ONLY -> UpdateColumns.only(columns.names());
      case EXCEPT -> UpdateColumns.allExcept(columns.names());
    };
  }

  static MergeCounts counts(MergeResult result) {
    return new MergeCounts(
        result.sourceRows(),
        result.duplicatesDropped(),
        result.inserted(),
        result.updated(),
        result.unchanged(),
        result.deleted(),
        result.stale(),
        result.ignored(),
        result.targetRowsBefore(),
        result.targetRowsAfter());
  }
}
