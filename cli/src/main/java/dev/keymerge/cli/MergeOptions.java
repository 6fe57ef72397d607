package dev.keymerge.cli;

import dev.keymerge.Compression;
import dev.keymerge.DeleteMarker;
import dev.keymerge.DuplicatePolicy;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.Strategy;
import dev.keymerge.UpdateColumns;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Says what a merge does to rows, columns and new files. Filled by the parser; values are checked
 * in {@link #applyTo}.
 */
final class MergeOptions {
  /** Says what happens to rows. */
  static final class Rows {
    @Option(
        names = "--strategy",
        paramLabel = "NAME",
        completionCandidates = Choice.Strategies.class,
        description = {
          "upsert (default): update matches, insert the rest;",
          "insert: only insert what has no match;",
          "update: only update matches;",
          "delete: delete matches;",
          "sync: upsert, and delete what the source lacks."
        })
    String strategy = "upsert";

    @Option(
        names = "--on-duplicate",
        paramLabel = "POLICY",
        completionCandidates = Choice.DuplicatePolicies.class,
        description = {
          "What several source rows with one key mean:",
          "fail (default), or the first or last one counts."
        })
    String onDuplicate = "fail";

    @Option(
        names = "--order-by",
        paramLabel = "COL",
        description = {
          "Among source rows with one key the one with the",
          "greatest value counts, and a stored row with a",
          "greater value is not overwritten."
        })
    @Nullable String orderBy;

    @Option(
        names = "--null-keys",
        paramLabel = "POLICY",
        completionCandidates = Choice.NullKeyPolicies.class,
        description = {
          "What a null in a key means: match (default: it equals",
          "another null), never, or fail."
        })
    String nullKeys = "match";

    @Option(
        names = "--delete-when",
        paramLabel = "COL=VALUE",
        description = {
          "Source rows with this value delete their match and",
          "are never inserted: --delete-when op=D"
        })
    @Nullable String deleteWhen;
  }

  /** Says which columns take part. */
  static final class Columns {
    @Option(
        names = "--update-columns",
        paramLabel = "COL[,COL...]",
        description = "Update only these columns of a matched row.")
    List<String> updateColumns = new ArrayList<>();

    @Option(
        names = "--keep-columns",
        paramLabel = "COL[,COL...]",
        description = {"Update all columns but these. Not together with", "--update-columns."})
    List<String> keepColumns = new ArrayList<>();

    @Option(names = "--ignore-case", description = "Column names match whatever their case.")
    boolean ignoreCase;
  }

  /** Says how files of inserted rows are written. */
  static final class NewFiles {
    @Option(
        names = "--codec",
        paramLabel = "NAME",
        description = {"zstd:LEVEL (default zstd:1), snappy, gzip, lz4_raw or", "uncompressed."})
    String codec = "zstd:1";

    @Option(
        names = "--row-group-rows",
        paramLabel = "N",
        description = "Most rows in a row group (default 1048576).")
    int rowGroupRows = MergeRequest.DEFAULT_ROW_GROUP_ROWS;

    @Option(
        names = "--max-file-rows",
        paramLabel = "N",
        description = "Most rows in a file (default 10485760).")
    long maxFileRows = MergeRequest.DEFAULT_MAX_FILE_ROWS;
  }

  private final Rows rows;
  private final Columns columns;
  private final NewFiles newFiles;

  MergeOptions(Rows rows, Columns columns, NewFiles newFiles) {
    this.rows = rows;
    this.columns = columns;
    this.newFiles = newFiles;
  }

  /**
   * Puts these options into a request; one that makes no sense fails with what to write instead.
   */
  void applyTo(MergeRequest.Builder request) {
    request
        .strategy(Choice.parse("--strategy", Strategy.class, rows.strategy))
        .onDuplicate(Choice.parse("--on-duplicate", DuplicatePolicy.class, rows.onDuplicate))
        .nullKeys(Choice.parse("--null-keys", NullKeyPolicy.class, rows.nullKeys))
        .orderBy(rows.orderBy)
        .deleteWhen(rows.deleteWhen == null ? null : deleteMarker(rows.deleteWhen))
        .updateColumns(updateColumns())
        .nameMatching(
            columns.ignoreCase
                ? MergeRequest.NameMatching.IGNORE_CASE
                : MergeRequest.NameMatching.EXACT)
        .compression(Compression.parse(newFiles.codec))
        .rowGroupRows(newFiles.rowGroupRows)
        .maxFileRows(newFiles.maxFileRows);
  }

  private UpdateColumns updateColumns() {
    List<String> update = ColumnList.parse("--update-columns", columns.updateColumns);
    List<String> keep = ColumnList.parse("--keep-columns", columns.keepColumns);
    if (!update.isEmpty() && !keep.isEmpty()) {
      throw new MergeException.InvalidRequest(
          "--update-columns and --keep-columns exclude each other.",
          "Name either the columns to update or the columns to keep; look for KEYMERGE_UPDATE_COLUMNS"
              + " and KEYMERGE_KEEP_COLUMNS in the environment, too.");
    }
    return update.isEmpty() ? UpdateColumns.allExcept(keep) : UpdateColumns.only(update);
  }

  private static DeleteMarker deleteMarker(String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new MergeException.InvalidRequest(
          "Not a delete marker: --delete-when " + text + ".",
          "Write a source column and the value that deletes: --delete-when op=D");
    }
    return new DeleteMarker(text.substring(0, equals).trim(), text.substring(equals + 1));
  }
}
