package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.HistoryEntry;
import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.MergeResult;
import dev.keymerge.RecoveryResult;
import dev.keymerge.Strategy;
import dev.keymerge.UndoResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UndoTest {
  @TempDir private Path directory;

  private final MergeEngine engine =
      MergeEngine.builder().memoryLimits(MemoryLimits.ofBytes(128 << 20)).threads(2).build();
  private People people;

  @BeforeEach
  void storePeople() throws IOException {
    people = new People(directory);
    people.storeThreeFiles();
  }

  @AfterEach
  void closeTheEngine() {
    engine.close();
  }

  @Test
  void aMergeIsTakenBackWithEveryByteAndTimeOfItsFiles() throws IOException {
    DirectoryState before = DirectoryState.of(people.target());
    MergeResult merged = sync("1 ann 99", "2 bob 31", "20 new 1");
    assertThat(merged.filesRemoved()).isEqualTo(2);

    UndoResult result = engine.undo(people.target());

    assertThat(people.names()).containsExactly("a.parquet", "b.parquet", "c.parquet");
    DirectoryState after = DirectoryState.of(people.target());
    for (String name : people.names()) {
      Path file = people.file(name);
      assertThat(after.entry(people.target(), file)).isEqualTo(before.entry(people.target(), file));
    }
    assertThat(result.restored()).containsExactly("a.parquet", "b.parquet", "c.parquet");
    assertThat(result.removed()).hasSize(1);
    assertThat(result.entry().rowsAfter()).isEqualTo(12);
  }

  @Test
  void theHistoryTellsEveryMergeThatChangedSomething() throws IOException {
    MergeResult first = sync("1 ann 99", "20 new 1");
    sync("1 ann 99", "20 new 1");
    engine.undo(people.target());

    List<HistoryEntry> history = engine.history(people.target());
    assertThat(history)
        .extracting(HistoryEntry::operation)
        .containsExactly(HistoryEntry.Operation.MERGE, HistoryEntry.Operation.UNDO);
    HistoryEntry merge = history.get(0);
    assertThat(merge.strategy()).isEqualTo("sync");
    assertThat(merge.inserted()).isEqualTo(first.inserted());
    assertThat(merge.updated()).isEqualTo(first.updated());
    assertThat(merge.deleted()).isEqualTo(first.deleted());
    assertThat(merge.rowsBefore()).isEqualTo(12);
    assertThat(merge.rowsAfter()).isEqualTo(2);
    assertThat(merge.process()).isEqualTo(ProcessHandle.current().pid());
    assertThat(merge.keptUntil()).isAfter(merge.time());
    assertThat(history.get(1).undoes()).isEqualTo(merge.mergeId());
  }

  @Test
  void mergesAreTakenBackInTurnAndCanBeDoneAgain() throws IOException {
    sync("1 ann 99", "2 bob 31");
    List<String> between = People.lines(people.file("a.parquet"));
    sync("1 ann 100");

    engine.undo(people.target());
    assertThat(People.lines(people.file("a.parquet"))).isEqualTo(between);
    engine.undo(people.target());
    assertThat(people.names()).hasSize(3);
    assertThat(sync("1 ann 99", "2 bob 31").deleted()).isEqualTo(10);
    engine.undo(people.target());
    assertThat(people.names()).hasSize(3);
  }

  @Test
  void nothingIsKeptUnlessAsked() throws IOException {
    engine.merge(people.request(people.changes("1 ann 99")).build());
    assertThatThrownBy(() -> engine.undo(people.target()))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("is not kept");
    assertThat(engine.recover(people.target()).outcome())
        .isEqualTo(RecoveryResult.Outcome.NOTHING_TO_DO);
  }

  @Test
  void aDatasetWithoutMergesHasNoHistoryAndNothingToTakeBack() throws IOException {
    DirectoryState before = DirectoryState.of(people.target());
    assertThat(engine.history(people.target())).isEmpty();
    assertThatThrownBy(() -> engine.undo(people.target()))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("No merge into");
    assertThat(DirectoryState.of(people.target())).isEqualTo(before);
  }

  private MergeResult sync(String... rows) throws IOException {
    return engine.merge(
        people
            .request(people.changes(rows))
            .strategy(Strategy.SYNC)
            .keepPrevious(Duration.ofHours(1))
            .build());
  }
}
