package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.internal.target.TargetKind;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes journals and entries of histories for tests. */
final class Journals {
  static final String ID = "01234567-89ab-cdef-0123-456789abcdef";
  static final String OTHER_ID = "fedcba98-7654-3210-fedc-ba9876543210";
  private static final FileState BEFORE = new FileState(100, 1_700_000_000_123_456_789L, "77", -1);
  private static final FileState AFTER = new FileState(0, Long.MIN_VALUE, "", Long.MAX_VALUE);

  private Journals() {}

  static HistoryEntry entry(String id, @Nullable String undoes, @Nullable Instant keptUntil) {
    return new HistoryEntry(
        id,
        undoes == null ? HistoryEntry.Operation.MERGE : HistoryEntry.Operation.UNDO,
        undoes,
        Instant.ofEpochMilli(1_700_000_000_123L),
        "ann",
        "höst",
        4711,
        "upsert",
        1,
        2,
        3,
        40,
        38,
        1,
        1,
        1,
        keptUntil);
  }

  /** Returns a journal of three steps that keeps the previous version. */
  static Journal full() {
    return new Journal(
        entry(ID, null, Instant.ofEpochMilli(1_800_000_000_000L)),
        TargetKind.DIRECTORY,
        Journal.Form.FILE_BY_FILE,
        List.of("e", "e/f"),
        List.of(
            new JournalStep.Replace(
                "a.parquet", ID + "/0.staged", BEFORE, AFTER, "previous/" + ID + "/0.kept"),
            new JournalStep.Add("e/f/ü.parquet", ID + "/1.staged", AFTER),
            new JournalStep.Remove("b.parquet", BEFORE, "previous/" + ID + "/1.kept")));
  }

  /** Returns a journal that replaces {@code path} by {@code source}. */
  static Journal replacing(String path, String source) {
    return new Journal(
        entry(ID, null, null),
        TargetKind.DIRECTORY,
        Journal.Form.FILE_BY_FILE,
        List.of(),
        List.of(new JournalStep.Replace(path, source, BEFORE, AFTER, JournalStep.NOT_KEPT)));
  }
}
