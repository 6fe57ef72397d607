package dev.keymerge.internal.job;

import dev.keymerge.FileAction;
import dev.keymerge.MergeException;
import dev.keymerge.internal.locate.FileLocator;
import dev.keymerge.internal.locate.FileMatches;
import dev.keymerge.internal.locate.LocateRules;
import dev.keymerge.internal.locate.MatchStore;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetFileAssembler;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.rewrite.ChangeFinder;
import dev.keymerge.internal.rewrite.FileChanges;
import dev.keymerge.internal.rewrite.FileRewriter;
import dev.keymerge.internal.rewrite.RewriteContext;
import dev.keymerge.internal.rewrite.values.FetchCost;
import dev.keymerge.internal.rewrite.values.ValueFeed;
import dev.keymerge.internal.target.TargetFile;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a merge changes in one target file and writes its successor.
 *
 * <p>Holds the file open, and its plan, until closed. One thread at a time.
 */
final class FileMerge implements AutoCloseable {
  private static final long UNKNOWN = -1;

  private final TargetFile target;
  private final MergeContext context;
  private final MemoryReservation memory;
  private final MemoryReservation changing;
  private @Nullable ParquetFile file;
  private @Nullable FileMatches matches;
  private @Nullable FilePlan plan;
  private @Nullable FetchCost spilledCost;
  private long directRows = UNKNOWN;
  private @Nullable FileChanges changes;
  private ValueFeed values;
  private boolean pruned;

  FileMerge(TargetFile target, MergeContext context) {
    this.target = target;
    this.context = context;
    this.memory = context.budget().open("matches in " + target.path().name());
    this.changing = context.budget().open("changes of " + target.path().name());
    this.values = context.rewrite().directValues();
  }

  /**
   * Looks the file's keys up and returns whether any row matches; the file is not opened if
   * statistics rule it out.
   */
  boolean locate() throws IOException {
    if (passedOver()) {
      context.progress().addRows(target.rows());
      return false;
    }
    FileMatches found = context.matches().open(memory, target.rows(), new SpilledCost());
    matches = found;
    locate(open(), found);
    FetchCost known = spilledCost;
    if (known != null) {
      directRows = known.directRows();
      spilledCost = null;
    }
    plan = new FilePlan(target.status(), found.rowGroups());
    return !found.rowGroups().isEmpty();
  }

  /**
   * Looks up keys of some row groups with {@code locator}, which tells {@code sink} what it finds;
   * what comes of it is told to {@link #located}.
   *
   * @param wanted tells which row groups
   * @param firstPosition position of the file's first row
   */
  void locate(FileLocator locator, IntPredicate wanted, long firstPosition, MatchSink sink)
      throws IOException {
    BitSet rowGroups = new BitSet();
    for (int rowGroup = 0; rowGroup < target.rowGroups().size(); rowGroup++) {
      if (wanted.test(rowGroup)) {
        if (mayMatch(rowGroup)) {
          rowGroups.set(rowGroup);
        } else {
          context.progress().addRows(target.rowGroups().get(rowGroup).rows());
        }
      }
    }
    if (!rowGroups.isEmpty()) {
      locator.locate(open(), rowGroups::get, firstPosition, sink);
    }
  }

  /** Takes in what was found before and returns whether any row matches. */
  boolean located(FilePlan found) {
    if (passedOver()) {
      return false;
    }
    plan = found;
    return !found.rowGroups().isEmpty();
  }

  private boolean passedOver() {
    pruned = target.rows() > 0 && noneMayMatch();
    return pruned || target.rows() == 0;
  }

  /**
   * Estimates what fetching the values of the matches directly would cost, see {@link
   * FetchCost#directRows}.
   */
  long directRows() throws IOException {
    if (directRows == UNKNOWN) {
      FetchCost cost = fetchCost();
      cost.add(plan());
      directRows = cost.directRows();
    }
    return directRows;
  }

  private FetchCost fetchCost() {
    return new FetchCost(
        context.rewrite().source().rows(), context.rewrite().blockBytes(), target.valueBytes());
  }

  /** Leaves more memory to others; nobody reads the matches meanwhile. */
  void moveMatchesToDisk() {
    FileMatches known = matches;
    if (known != null && plan != null) {
      known.moveToDisk();
      spilledCost = null;
      plan = new FilePlan(target.status(), known.rowGroups());
    }
  }

  /** Returns what {@link #locate} found. */
  FilePlan plan() {
    FilePlan known = plan;
    if (known == null) {
      throw new IllegalStateException("Nothing was looked up in " + target.path());
    }
    return known;
  }

  /** Returns whether {@link #locate} has come to its end and found matches. */
  boolean located() {
    FilePlan known = plan;
    return known != null && !known.rowGroups().isEmpty();
  }

  /** Returns how many rows the file has. */
  long rows() {
    return target.rows();
  }

  /**
   * Closes the file until it is needed again and returns true, or changes nothing and returns false
   * if there is no memory to wait with.
   *
   * @param waitingBytes what is charged for waiting
   */
  boolean suspend(long waitingBytes) {
    if (!memory.tryGrow(waitingBytes)) {
      return false;
    }
    // Comparing starts afresh when the file's turn comes, so what a refused one left is of no use.
    changes = null;
    changing.shrink(changing.bytes());
    ParquetFile opened = file;
    file = null;
    if (opened != null) {
      opened.close();
    }
    return true;
  }

  /** Returns what becomes of a file in which no row matches. */
  FileOutcome unmatched() {
    return outcome(FileAction.KEPT);
  }

  /**
   * Compares what matches with {@code source}, which gives values until this is closed; {@link
   * #locate} came first. May be repeated, after a refusal of memory for instance.
   */
  FileOutcome compare(ValueFeed source) throws IOException {
    values = source;
    changes = null;
    changing.shrink(changing.bytes());
    FileChanges found = new ChangeFinder(context.rewrite(), source, changing).find(open(), plan());
    changes = found;
    if (found.none()) {
      return outcome(FileAction.KEPT);
    }
    return outcome(found.deleted() == target.rows() ? FileAction.REMOVED : FileAction.REWRITTEN);
  }

  /**
   * Writes the row groups of the file as they shall be to {@code successor}; {@link #compare} came
   * first if a row matches.
   */
  void rewrite(ParquetFileAssembler successor) throws IOException {
    FileChanges known = changes == null ? new FileChanges(List.of(), 0, 0, 0, 0) : changes;
    new FileRewriter(context.rewrite(), values).rewrite(open(), known, successor);
  }

  /** Returns how many row groups the successor takes over whole. */
  long rowGroupsCopied() {
    FileChanges known = changes;
    return (long) target.rowGroups().size() - (known == null ? 0 : known.rowGroups().size());
  }

  /** Returns the open file, which this keeps owning. */
  ParquetFile open() throws IOException {
    ParquetFile opened = file;
    if (opened == null) {
      opened = ParquetFile.open(context.storage().open(target.path()), context.rewrite().memory());
      file = opened;
      checkSame(opened);
    }
    return opened;
  }

  /** Finds out early that somebody replaced the file: its rows would not be where they were. */
  private void checkSame(ParquetFile opened) {
    boolean same = opened.footer().rowGroups() == target.rowGroups().size();
    for (int rowGroup = 0; same && rowGroup < target.rowGroups().size(); rowGroup++) {
      same = opened.footer().rows(rowGroup) == target.rowGroups().get(rowGroup).rows();
    }
    if (!same) {
      throw new MergeException.Conflict(
          "The file " + target.path() + " has been replaced since the merge began.",
          "Nothing was changed; merge again.");
    }
  }

  private void locate(ParquetFile opened, FileMatches found) throws IOException {
    RewriteContext rewrite = context.rewrite();
    LocateRules rules = context.rules();
    try (KeyProbe probe = context.index().probe()) {
      new FileLocator(
              rules,
              probe,
              rewrite.allocator(),
              rewrite.cancel(),
              rows -> context.progress().addRows(rows))
          .locate(opened, this::mayMatch, found);
    }
  }

  private boolean noneMayMatch() {
    for (int rowGroup = 0; rowGroup < target.rowGroups().size(); rowGroup++) {
      if (mayMatch(rowGroup)) {
        return false;
      }
    }
    return true;
  }

  private boolean mayMatch(int rowGroup) {
    return context.mayMatch(target.rowGroups().get(rowGroup));
  }

  private FileOutcome outcome(FileAction action) {
    FileChanges found = changes;
    return found == null
        ? new FileOutcome(action, pruned, target.rows(), 0, 0, 0, 0)
        : new FileOutcome(
            action,
            pruned,
            target.rows() - found.deleted(),
            found.updated(),
            found.unchanged(),
            found.stale(),
            found.deleted());
  }

  @Override
  public void close() {
    try {
      ParquetFile opened = file;
      file = null;
      if (opened != null) {
        opened.close();
      }
    } finally {
      FileMatches known = matches;
      matches = null;
      if (known != null) {
        known.close();
      }
      changing.close();
      memory.close();
    }
  }

  /** Estimates on the way what matches cost that go to disk, instead of reading them for that. */
  private final class SpilledCost implements MatchStore.SpillObserver {
    @Override
    public void startRowGroup() {
      cost().startRowGroup();
    }

    @Override
    public void match(long sourceRow) {
      cost().add(sourceRow);
    }

    private FetchCost cost() {
      FetchCost known = spilledCost;
      if (known == null) {
        known = fetchCost();
        spilledCost = known;
      }
      return known;
    }
  }
}
