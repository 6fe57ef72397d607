package dev.keymerge.internal.inspect;

import dev.keymerge.DatasetInfo;
import dev.keymerge.DatasetInfo.Advice;
import dev.keymerge.DatasetInfo.ColumnInfo;
import dev.keymerge.DatasetInfo.Coverage;
import dev.keymerge.DatasetInfo.FileInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Finds in the description of a dataset what makes merges into it expensive or impossible. For one
 * call of {@link #advise}.
 */
final class DatasetAdvisor {
  private static final long LARGE_ROW_GROUP_BYTES = 512L << 20;
  private static final long SMALL_FILE_BYTES = 8L << 20;
  private static final int MANY_FILES = 16;
  private static final int SMALL_ROW_GROUP_ROWS = 10_000;

  /** Codecs whose pages can be written; chunks of another codec can be copied, not changed. */
  private static final Set<String> WRITABLE_CODECS =
      Set.of("uncompressed", "snappy", "gzip", "zstd", "lz4_raw");

  private final DatasetInfo info;
  private final KeySpread spread;
  private final List<String> otherSchemas;
  private final List<Advice> advice = new ArrayList<>();

  /**
   * Creates an advisor.
   *
   * @param info the dataset, without advice
   * @param spread how the first key column lies in the row groups
   * @param otherSchemas paths of files whose columns differ from the first file's
   */
  DatasetAdvisor(DatasetInfo info, KeySpread spread, List<String> otherSchemas) {
    this.info = info;
    this.spread = spread;
    this.otherSchemas = otherSchemas;
  }

  /** Returns what to do, the most important first. */
  List<Advice> advise() {
    adviseOnPartitions();
    adviseOnSchemas();
    adviseOnCodecs();
    adviseOnClustering();
    adviseOnPageIndex();
    adviseOnRowGroups();
    adviseOnSmallFiles();
    return List.copyOf(advice);
  }

  private void adviseOnPartitions() {
    for (FileInfo file : info.files()) {
      int slash = file.path().lastIndexOf('/');
      if (slash >= 0 && file.path().lastIndexOf('=', slash) >= 0) {
        add(
            "The files stand in partition directories, such as "
                + file.path().substring(0, slash)
                + ".",
            "Keymerge merges into one partition at a time; name its directory as the target.");
        return;
      }
    }
  }

  private void adviseOnSchemas() {
    if (!otherSchemas.isEmpty()) {
      add(
          files(otherSchemas.size())
              + " other columns than the first file, such as "
              + otherSchemas.get(0)
              + ".",
          "Bring all files to one schema; a merge refuses files whose columns do not fit together.");
    }
  }

  private void adviseOnCodecs() {
    for (ColumnInfo column : info.columns()) {
      for (String codec : column.codecs()) {
        if (!WRITABLE_CODECS.contains(codec)) {
          add(
              "Column " + column.name() + " is compressed with " + codec + ".",
              "Keymerge copies such columns but cannot change them; write the files again with zstd or"
                  + " snappy.");
        }
      }
    }
  }

  private void adviseOnClustering() {
    if (info.keyColumns().isEmpty()) {
      return;
    }
    long unbounded = count(file -> file.rowGroups() > 0 && file.statistics() != Coverage.ALL);
    if (unbounded > 0) {
      add(
          files(unbounded) + " row groups without bounds of the key.",
          "Their keys are read in every merge; write statistics for the key columns.");
    }
    double overlap = spread.averageOverlap();
    boolean filtered =
        count(file -> file.rowGroups() > 0 && file.bloomFilter() != Coverage.ALL) == 0;
    if (spread.rowGroups() >= 4 && overlap > spread.rowGroups() / 2.0 && !filtered) {
      add(
          String.format(
              Locale.ROOT,
              "The key is not clustered: a value of %s may stand in %.0f of %d row groups.",
              info.keyColumns().get(0),
              overlap,
              spread.rowGroups()),
          "A merge reads the key columns of nearly all of them. Sort the rows by the key when you write"
              + " the dataset, or write bloom filters for the key columns.");
    }
  }

  private void adviseOnPageIndex() {
    long without = count(file -> file.rowGroups() > 0 && file.pageIndex() != Coverage.ALL);
    if (without > 0) {
      add(
          files(without) + " no page index" + (info.keyColumns().isEmpty() ? "." : " for the key."),
          "Pages then cannot be told apart by their keys before they are read; let the writer add a page"
              + " index.");
    }
  }

  private void adviseOnRowGroups() {
    long large = count(file -> file.largestRowGroupBytes() > LARGE_ROW_GROUP_BYTES);
    if (large > 0) {
      add(
          files(large) + " row groups of more than 512 MiB.",
          "Row groups are what readers skip and share among threads; a million rows or 128 MiB is a good"
              + " size.");
    }
    long small =
        count(
            file -> file.rowGroups() > 1 && file.rows() / file.rowGroups() < SMALL_ROW_GROUP_ROWS);
    if (small > 0) {
      add(
          files(small) + " row groups of fewer than 10,000 rows on average.",
          "Footers grow and compression suffers; a million rows or 128 MiB is a good size.");
    }
  }

  private void adviseOnSmallFiles() {
    long small = count(file -> file.bytes() < SMALL_FILE_BYTES);
    if (small >= MANY_FILES && small > info.files().size() / 2) {
      add(
          small + " of " + info.files().size() + " files are smaller than 8 MiB.",
          "Opening them costs more than reading them; write fewer and larger files.");
    }
  }

  private long count(Predicate<FileInfo> condition) {
    return info.files().stream().filter(condition).count();
  }

  private String files(long count) {
    return count + " of " + info.files().size() + (count == 1 ? " files has" : " files have");
  }

  private void add(String finding, String remedy) {
    advice.add(new Advice(finding, remedy));
  }
}
