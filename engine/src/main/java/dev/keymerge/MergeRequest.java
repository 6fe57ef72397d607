package dev.keymerge;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Says what to merge into what, and how.
 *
 * <p>Immutable and reusable, except that a source which can be read only once serves one merge.
 * Build one with {@link #builder()}.
 */
public final class MergeRequest {
  /** Rows of a row group in new files unless asked otherwise. */
  public static final int DEFAULT_ROW_GROUP_ROWS = 1 << 20;

  /** Rows of a new file unless asked otherwise. */
  public static final long DEFAULT_MAX_FILE_ROWS = 10L << 20;

  private static final Duration LONGEST_KEEP = Duration.ofDays(36_500);

  private final Source source;
  private final String target;
  private final List<String> keyColumns;
  private final @Nullable Strategy strategy;
  private final MatchedAction matched;
  private final NotMatchedAction notMatched;
  private final NotMatchedBySourceAction notMatchedBySource;
  private final DuplicatePolicy duplicates;
  private final NullKeyPolicy nullKeys;
  private final NameMatching nameMatching;
  private final UpdateColumns updateColumns;
  private final @Nullable String orderColumn;
  private final @Nullable DeleteMarker deleteMarker;
  private final Compression compression;
  private final int rowGroupRows;
  private final long maxFileRows;
  private final Duration waitForLock;
  private final Interrupted interrupted;
  private final Duration keepPrevious;

  private MergeRequest(Builder builder, Source source, String target) {
    this.source = source;
    this.target = target;
    this.keyColumns = List.copyOf(builder.keyColumns);
    this.matched = builder.matched;
    this.notMatched = builder.notMatched;
    this.notMatchedBySource = builder.notMatchedBySource;
    this.strategy = builder.strategy;
    this.duplicates = builder.duplicates;
    this.nullKeys = builder.nullKeys;
    this.nameMatching = builder.nameMatching;
    this.updateColumns = builder.updateColumns;
    this.orderColumn = builder.orderColumn;
    this.deleteMarker = builder.deleteMarker;
    this.compression = builder.compression;
    this.rowGroupRows = builder.rowGroupRows;
    this.maxFileRows = builder.maxFileRows;
    this.waitForLock = builder.waitForLock;
    this.interrupted = builder.interrupted;
    this.keepPrevious = builder.keepPrevious;
  }

  /** Starts a request with the defaults: upsert, duplicates fail, null keys match. */
  public static Builder builder() {
    return new Builder();
  }

  /** Says what is done with work that an interrupted merge has left. */
  public enum Interrupted {
    /** It is removed, and everything is done again. */
    START_ANEW,
    /**
     * Files that an equal merge had finished are used, and this merge leaves its own if it ends.
     */
    RESUME
  }

  /** Says how column names of the source find their columns in the target. */
  public enum NameMatching {
    /** Names must be the same to the letter. */
    EXACT,
    /** Upper and lower case do not matter; names that then fit twice fail. */
    IGNORE_CASE
  }

  /** Returns where the rows come from. */
  public Source source() {
    return source;
  }

  /** Returns the directory or the {@code .parquet} file that is changed. */
  public String target() {
    return target;
  }

  /** Returns the columns that say which rows are the same; at least one. */
  public List<String> keyColumns() {
    return keyColumns;
  }

  /**
   * Returns the name of the strategy in lower case, or {@code custom} if the actions were given one
   * by one.
   */
  public String strategyName() {
    return strategy == null ? "custom" : strategy.name().toLowerCase(Locale.ROOT);
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

  /** Returns which of several source rows with the same key counts. */
  public DuplicatePolicy duplicates() {
    return duplicates;
  }

  /** Returns what a null in a key column means. */
  public NullKeyPolicy nullKeys() {
    return nullKeys;
  }

  /** Returns how column names are compared. */
  public NameMatching nameMatching() {
    return nameMatching;
  }

  /** Returns which columns an update may change. */
  public UpdateColumns updateColumns() {
    return updateColumns;
  }

  /** Returns the column whose greatest value wins, or null if there is none. */
  public @Nullable String orderColumn() {
    return orderColumn;
  }

  /** Returns what marks source rows that delete their match, or null if nothing does. */
  public @Nullable DeleteMarker deleteMarker() {
    return deleteMarker;
  }

  /** Returns how new files are compressed. */
  public Compression compression() {
    return compression;
  }

  /** Returns the most rows that a row group of a new file holds. */
  public int rowGroupRows() {
    return rowGroupRows;
  }

  /** Returns the most rows that a new file holds. */
  public long maxFileRows() {
    return maxFileRows;
  }

  /** Returns how long the merge waits for whoever else changes the target; zero not to wait. */
  public Duration waitForLock() {
    return waitForLock;
  }

  /**
   * Returns how long the previous version of what the merge changes is kept at least; zero if it is
   * not.
   */
  public Duration keepPrevious() {
    return keepPrevious;
  }

  /** Returns whether files that an interrupted merge has finished are used. */
  public Interrupted interrupted() {
    return interrupted;
  }

  /** Collects the parts of a request. Not thread-safe. */
  public static final class Builder {
    private @Nullable Source source;
    private @Nullable String target;
    private List<String> keyColumns = List.of();
    private @Nullable Strategy strategy = Strategy.UPSERT;
    private MatchedAction matched = Strategy.UPSERT.matched();
    private NotMatchedAction notMatched = Strategy.UPSERT.notMatched();
    private NotMatchedBySourceAction notMatchedBySource = Strategy.UPSERT.notMatchedBySource();
    private DuplicatePolicy duplicates = DuplicatePolicy.FAIL;
    private NullKeyPolicy nullKeys = NullKeyPolicy.MATCH;
    private NameMatching nameMatching = NameMatching.EXACT;
    private UpdateColumns updateColumns = UpdateColumns.ALL;
    private @Nullable String orderColumn;
    private @Nullable DeleteMarker deleteMarker;
    private Compression compression = Compression.DEFAULT;
    private int rowGroupRows = DEFAULT_ROW_GROUP_ROWS;
    private long maxFileRows = DEFAULT_MAX_FILE_ROWS;
    private Duration waitForLock = Duration.ZERO;
    private Interrupted interrupted = Interrupted.START_ANEW;
    private Duration keepPrevious = Duration.ZERO;

    private Builder() {}

    /** Sets where the rows come from; required. */
    public Builder source(Source newSource) {
      this.source = newSource;
      return this;
    }

    /**
     * Sets the directory or the {@code .parquet} file to change; required; it may not exist yet.
     */
    public Builder target(Path newTarget) {
      return target(newTarget.toString());
    }

    /**
     * Sets the directory or the {@code .parquet} file to change; required; it may not exist yet.
     */
    public Builder target(String newTarget) {
      this.target = newTarget;
      return this;
    }

    /** Sets the columns that say which rows are the same; at least one, each once. */
    public Builder keyColumns(String... columns) {
      return keyColumns(List.of(columns));
    }

    /** Sets the columns that say which rows are the same; at least one, each once. */
    public Builder keyColumns(List<String> columns) {
      this.keyColumns = new ArrayList<>(columns);
      return this;
    }

    /** Sets all three actions by the name of a usual answer. */
    public Builder strategy(Strategy newStrategy) {
      this.strategy = newStrategy;
      this.matched = newStrategy.matched();
      this.notMatched = newStrategy.notMatched();
      this.notMatchedBySource = newStrategy.notMatchedBySource();
      return this;
    }

    /**
     * Sets what happens to a target row whose key the source has; the result then calls the
     * strategy {@code custom}.
     */
    public Builder whenMatched(MatchedAction action) {
      this.strategy = null;
      this.matched = action;
      return this;
    }

    /**
     * Sets what happens to a source row whose key the target lacks; the result then calls the
     * strategy {@code custom}.
     */
    public Builder whenNotMatched(NotMatchedAction action) {
      this.strategy = null;
      this.notMatched = action;
      return this;
    }

    /**
     * Sets what happens to a target row whose key the source lacks; the result then calls the
     * strategy {@code custom}.
     */
    public Builder whenNotMatchedBySource(NotMatchedBySourceAction action) {
      this.strategy = null;
      this.notMatchedBySource = action;
      return this;
    }

    /**
     * Sets which of several source rows with the same key counts; {@link DuplicatePolicy#FAIL}
     * unless set.
     */
    public Builder onDuplicate(DuplicatePolicy policy) {
      this.duplicates = policy;
      return this;
    }

    /** Sets what a null in a key column means; {@link NullKeyPolicy#MATCH} unless set. */
    public Builder nullKeys(NullKeyPolicy policy) {
      this.nullKeys = policy;
      return this;
    }

    /** Sets how column names are compared; {@link NameMatching#EXACT} unless set. */
    public Builder nameMatching(NameMatching matching) {
      this.nameMatching = matching;
      return this;
    }

    /**
     * Sets which columns an update may change; {@link UpdateColumns#ALL} unless set. Inserts write
     * every column.
     */
    public Builder updateColumns(UpdateColumns columns) {
      this.updateColumns = columns;
      return this;
    }

    /**
     * Sets the column whose greatest value wins, among source rows and against the stored row; null
     * for none.
     */
    public Builder orderBy(@Nullable String column) {
      this.orderColumn = column;
      return this;
    }

    /** Sets what marks the source rows that delete their match; null for nothing. */
    public Builder deleteWhen(@Nullable DeleteMarker marker) {
      this.deleteMarker = marker;
      return this;
    }

    /** Sets how new files are compressed; {@link Compression#DEFAULT} unless set. */
    public Builder compression(Compression newCompression) {
      this.compression = newCompression;
      return this;
    }

    /** Sets the most rows that a row group of a new file holds; at least 1. */
    public Builder rowGroupRows(int rows) {
      if (rows < 1) {
        throw new MergeException.InvalidRequest(
            "A row group of " + rows + " rows is not possible.", "Ask for at least one row.");
      }
      this.rowGroupRows = rows;
      return this;
    }

    /** Sets the most rows that a new file holds; at least 1. */
    public Builder maxFileRows(long rows) {
      if (rows < 1) {
        throw new MergeException.InvalidRequest(
            "A file of " + rows + " rows is not possible.", "Ask for at least one row.");
      }
      this.maxFileRows = rows;
      return this;
    }

    /**
     * Sets how long the merge waits for a process, or another merge of this one, that changes the
     * target already; unless set it fails at once with {@link MergeException.Conflict}.
     */
    public Builder waitForLock(Duration patience) {
      if (patience.isNegative()) {
        throw new MergeException.InvalidRequest(
            "Waiting for " + patience + " is not possible.", "Give a time that is not negative.");
      }
      this.waitForLock = patience;
      return this;
    }

    /**
     * Keeps the previous version of what the merge changes for that long at least, so that {@link
     * MergeEngine#undo} can take the merge back; nothing is kept unless set. What is kept longer
     * than asked goes when the next command works on the target.
     */
    public Builder keepPrevious(Duration time) {
      if (time.isNegative() || time.compareTo(LONGEST_KEEP) > 0) {
        throw new MergeException.InvalidRequest(
            "Keeping the previous version for " + time + " is not possible.",
            "Ask for a time from zero to a hundred years.");
      }
      this.keepPrevious = time;
      return this;
    }

    /**
     * Takes an equal merge up where it was interrupted: staged files that it had finished are not
     * written again, if target, source, request and version are still the same; otherwise the merge
     * starts anew. If this merge is cancelled or fails for want of memory, space or a working disk,
     * what it has finished stays for the next one to resume.
     */
    public Builder resume() {
      this.interrupted = Interrupted.RESUME;
      return this;
    }

    /**
     * Builds the request.
     *
     * @throws MergeException.InvalidRequest if a part is missing or two parts contradict each other
     */
    public MergeRequest build() {
      if (source == null) {
        throw new MergeException.InvalidRequest("The source is missing.", "Name it (--source).");
      }
      if (target == null || target.isEmpty()) {
        throw new MergeException.InvalidRequest("The target is missing.", "Name it (--target).");
      }
      if (keyColumns.isEmpty()) {
        throw new MergeException.InvalidRequest(
            "The key columns are missing.", "Name at least one column (--key).");
      }
      for (int i = 0; i < keyColumns.size(); i++) {
        if (keyColumns.indexOf(keyColumns.get(i)) != i) {
          throw new MergeException.InvalidRequest(
              "The key names column '" + keyColumns.get(i) + "' twice.", "Name each column once.");
        }
      }
      return new MergeRequest(this, source, target);
    }
  }
}
