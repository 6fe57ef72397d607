package dev.keymerge.testdata.duckdb;

import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.reference.MergeRules.Matched;
import dev.keymerge.testdata.reference.MergeRules.NotMatched;
import dev.keymerge.testdata.reference.MergeRules.NotMatchedBySource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes the SQL that answers a merge question, over the views {@code target} and {@code source}
 * that it makes.
 */
final class MergeSql {

  private static final String ROW_NUMBER = "file_row_number";
  private static final String FILE_NAME = "filename";
  private static final int MOST_FILES_OPENED_EACH_TIME = 1000;

  private final MergeRules rules;
  private final Map<String, String> targetTypes;
  private final Map<String, String> sourceTypes;

  MergeSql(DuckDb database, MergeQuestion question) {
    this.rules = question.rules();
    name(database, "target", question.targetFiles());
    name(database, "source", question.sourceFiles());
    this.targetTypes = types(database, "target");
    this.sourceTypes = types(database, "source");
    refuseDuplicates(database);
  }

  /** Gives the rows of files a name; opening files takes longest when they are many and small. */
  private static void name(DuckDb database, String name, List<Path> files) {
    String kind = files.size() > MOST_FILES_OPENED_EACH_TIME ? "TABLE " : "VIEW ";
    database.run("CREATE " + kind + name + " AS FROM " + DuckDb.files(files));
  }

  MergeRules rules() {
    return rules;
  }

  private static Map<String, String> types(DuckDb database, String view) {
    Map<String, String> types = new LinkedHashMap<>();
    database.query(
        "DESCRIBE " + view, column -> types.put(column.getString(1), column.getString(2)));
    types.remove(ROW_NUMBER);
    types.remove(FILE_NAME);
    return types;
  }

  private void refuseDuplicates(DuckDb database) {
    String keys = rules.keyColumns().stream().map(DuckDb::name).collect(Collectors.joining(", "));
    long duplicates =
        database.number(
            "SELECT count(*) FROM (SELECT 1 FROM source GROUP BY "
                + keys
                + " HAVING count(*) > 1)");
    if (duplicates > 0) {
      throw new IllegalArgumentException(duplicates + " keys are several times in the source");
    }
  }

  /** Lists the target's columns, each qualified. */
  String targetColumns(String qualifier) {
    return targetTypes.keySet().stream()
        .map(column -> qualifier + "." + DuckDb.name(column))
        .collect(Collectors.joining(", "));
  }

  private String keysMatch() {
    return rules.keyColumns().stream()
        .map(DuckDb::name)
        .map(key -> "t." + key + " IS NOT DISTINCT FROM s." + key)
        .collect(Collectors.joining(" AND "));
  }

  private boolean isUpdated(String column) {
    return sourceTypes.containsKey(column)
        && !rules.keyColumns().contains(column)
        && switch (rules.updateColumns().selection()) {
          case ALL -> true;
          case ONLY -> rules.updateColumns().names().contains(column);
          case EXCEPT -> !rules.updateColumns().names().contains(column);
        };
  }

  private String sourceValue(String column) {
    return sourceTypes.containsKey(column)
        ? "CAST(s." + DuckDb.name(column) + " AS " + targetTypes.get(column) + ")"
        : "CAST(NULL AS " + targetTypes.get(column) + ")";
  }

  private String namedSourceValue(String column) {
    return sourceValue(column) + " AS " + DuckDb.name(column);
  }

  String unmatchedSourceCount() {
    return "SELECT count(*) FROM source s ANTI JOIN target t ON " + keysMatch();
  }

  String matchedTargetCount() {
    return "SELECT count(*) FROM target t SEMI JOIN source s ON " + keysMatch();
  }

  String changedRowCount() {
    String differs =
        targetTypes.keySet().stream()
            .filter(this::isUpdated)
            .map(name -> "t." + DuckDb.name(name) + " IS DISTINCT FROM " + sourceValue(name))
            .collect(Collectors.joining(" OR "));
    return "SELECT count(*) FROM target t JOIN source s ON "
        + keysMatch()
        + " WHERE "
        + (differs.isEmpty() ? "false" : differs);
  }

  /** Selects the rows that must be there after the merge. */
  String expectedRows() {
    List<String> parts = new ArrayList<>();
    if (rules.actions().matched() == Matched.UPDATE) {
      String columns =
          targetTypes.keySet().stream()
              .map(name -> isUpdated(name) ? namedSourceValue(name) : "t." + DuckDb.name(name))
              .collect(Collectors.joining(", "));
      parts.add("SELECT " + columns + " FROM target t JOIN source s ON " + keysMatch());
    }
    if (rules.actions().matched() == Matched.KEEP) {
      parts.add(selectTarget() + " SEMI JOIN source s ON " + keysMatch());
    }
    if (rules.actions().notMatchedBySource() == NotMatchedBySource.KEEP) {
      parts.add(selectTarget() + " ANTI JOIN source s ON " + keysMatch());
    }
    if (rules.actions().notMatched() == NotMatched.INSERT) {
      String columns =
          targetTypes.keySet().stream()
              .map(this::namedSourceValue)
              .collect(Collectors.joining(", "));
      parts.add("SELECT " + columns + " FROM source s ANTI JOIN target t ON " + keysMatch());
    }
    return parts.isEmpty() ? selectTarget() + " WHERE false" : String.join(" UNION ALL ", parts);
  }

  private String selectTarget() {
    return "SELECT " + targetColumns("t") + " FROM target t";
  }

  /** Counts the surviving rows whose rank in their file is not the one they had among survivors. */
  String misplacedRowCount(List<Path> filesAfter) {
    String keys =
        rules.keyColumns().stream()
            .map(key -> "t." + DuckDb.name(key))
            .collect(Collectors.joining(", "));
    String survivors =
        switch (survival()) {
          case ALL -> "target t";
          case MATCHED -> "target t SEMI JOIN source s ON " + keysMatch();
          case UNMATCHED -> "target t ANTI JOIN source s ON " + keysMatch();
          case NONE -> "(SELECT * FROM target WHERE false) t";
        };
    return "WITH before AS (SELECT "
        + ranked(keys)
        + " FROM "
        + survivors
        + "), after AS (SELECT "
        + ranked(keys)
        + " FROM "
        + DuckDb.files(filesAfter)
        + " t) SELECT count(*) FROM before t ANTI JOIN after s ON t.file_part = s.file_part"
        + " AND t.file_rank = s.file_rank AND "
        + keysMatch();
  }

  private static String ranked(String keys) {
    return keys
        + ", parse_filename(t.filename) AS file_part, row_number() OVER"
        + " (PARTITION BY t.filename ORDER BY t.file_row_number) AS file_rank";
  }

  private enum Survival {
    ALL,
    MATCHED,
    UNMATCHED,
    NONE
  }

  private Survival survival() {
    boolean matchedStay = rules.actions().matched() != Matched.DELETE;
    boolean unmatchedStay = rules.actions().notMatchedBySource() == NotMatchedBySource.KEEP;
    if (matchedStay) {
      return unmatchedStay ? Survival.ALL : Survival.MATCHED;
    }
    return unmatchedStay ? Survival.UNMATCHED : Survival.NONE;
  }
}
