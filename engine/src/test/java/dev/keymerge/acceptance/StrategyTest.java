package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.FileAction;
import dev.keymerge.FileChange;
import dev.keymerge.MatchedAction;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.NotMatchedAction;
import dev.keymerge.NotMatchedBySourceAction;
import dev.keymerge.Strategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges the same few changes into three files by every strategy, and tells each row's fate. */
class StrategyTest {
  private static final List<String> FILE_A =
      List.of("1 ann 30", "2 bob 31", "3 cid 32", "4 dan 33");
  private static final List<String> FILE_B =
      List.of("5 eva 34", "6 fay 35", "7 gus 36", "8 hal 37");
  private static final List<String> FILE_C =
      List.of("9 ida 38", "10 jon 39", "11 kim 40", "12 leo 41");

  /** Two changes in the first file, nothing new about row 6, two new people. */
  private static final String[] CHANGES = {
    "21 zoe 50", "3 cid 99", "6 fay 35", "2 rob 31", "20 yan 51"
  };

  @TempDir private Path directory;

  private People people;

  @BeforeEach
  void storePeople() throws IOException {
    people = new People(directory);
    people.storeThreeFiles();
  }

  private MergeResult merge(Strategy strategy) throws IOException {
    return People.merge(people.request(people.changes(CHANGES)).strategy(strategy).build());
  }

  private List<String> rows(String name) throws IOException {
    return People.lines(people.file(name));
  }

  private Path addedFile() throws IOException {
    List<String> names =
        people.names().stream().filter(name -> name.startsWith("keymerge-")).toList();
    assertThat(names).hasSize(1);
    return people.file(names.get(0));
  }

  private static Map<FileAction, Long> actions(MergeResult result) {
    return result.files().stream()
        .collect(Collectors.groupingBy(FileChange::action, Collectors.counting()));
  }

  @Test
  void upsertUpdatesInPlaceAndAddsAFileOfNewRows() throws IOException {
    MergeResult result = merge(Strategy.UPSERT);
    assertThat(result.strategy()).isEqualTo("upsert");
    assertThat(result.keyColumns()).containsExactly("id");
    assertThat(result.sourceRows()).isEqualTo(5);
    assertThat(result.updated()).isEqualTo(2);
    assertThat(result.unchanged()).isEqualTo(1);
    assertThat(result.inserted()).isEqualTo(2);
    assertThat(result.deleted() + result.stale() + result.ignored()).isZero();
    assertThat(result.targetRowsBefore()).isEqualTo(12);
    assertThat(result.targetRowsAfter()).isEqualTo(14);
    // What the merge writes about itself is no data for which memory was too small.
    assertThat(result.bytesSpilled() + result.spillPeakBytes()).isZero();
    assertThat(actions(result))
        .isEqualTo(Map.of(FileAction.REWRITTEN, 1L, FileAction.KEPT, 2L, FileAction.ADDED, 1L));
    assertThat(rows("a.parquet")).containsExactly("1 ann 30", "2 rob 31", "3 cid 99", "4 dan 33");
    assertThat(rows("b.parquet")).isEqualTo(FILE_B);
    assertThat(rows("c.parquet")).isEqualTo(FILE_C);
    assertThat(People.lines(addedFile())).containsExactly("21 zoe 50", "20 yan 51");
  }

  @Test
  void insertLeavesMatchesAlone() throws IOException {
    DirectoryState before = DirectoryState.of(people.target());
    MergeResult result = merge(Strategy.INSERT);
    assertThat(result.inserted()).isEqualTo(2);
    assertThat(result.ignored()).isEqualTo(3);
    assertThat(result.updated() + result.unchanged() + result.deleted()).isZero();
    assertThat(actions(result)).isEqualTo(Map.of(FileAction.KEPT, 3L, FileAction.ADDED, 1L));
    assertThat(People.lines(addedFile())).containsExactly("21 zoe 50", "20 yan 51");
    assertThat(DirectoryState.of(people.target()).entries()).containsAllEntriesOf(before.entries());
  }

  @Test
  void updateIgnoresWhatIsNew() throws IOException {
    MergeResult result = merge(Strategy.UPDATE);
    assertThat(result.updated()).isEqualTo(2);
    assertThat(result.unchanged()).isEqualTo(1);
    assertThat(result.ignored()).isEqualTo(2);
    assertThat(result.inserted() + result.deleted()).isZero();
    assertThat(people.names()).containsExactly("a.parquet", "b.parquet", "c.parquet");
    assertThat(rows("a.parquet")).containsExactly("1 ann 30", "2 rob 31", "3 cid 99", "4 dan 33");
  }

  @Test
  void deleteRemovesMatches() throws IOException {
    MergeResult result = merge(Strategy.DELETE);
    assertThat(result.deleted()).isEqualTo(3);
    assertThat(result.ignored()).isEqualTo(2);
    assertThat(result.updated() + result.unchanged() + result.inserted()).isZero();
    assertThat(result.targetRowsAfter()).isEqualTo(9);
    assertThat(actions(result)).isEqualTo(Map.of(FileAction.REWRITTEN, 2L, FileAction.KEPT, 1L));
    assertThat(rows("a.parquet")).containsExactly("1 ann 30", "4 dan 33");
    assertThat(rows("b.parquet")).containsExactly("5 eva 34", "7 gus 36", "8 hal 37");
    assertThat(rows("c.parquet")).isEqualTo(FILE_C);
  }

  @Test
  void syncLeavesTheKeysOfTheSource() throws IOException {
    MergeResult result = merge(Strategy.SYNC);
    assertThat(result.updated()).isEqualTo(2);
    assertThat(result.unchanged()).isEqualTo(1);
    assertThat(result.inserted()).isEqualTo(2);
    assertThat(result.deleted()).isEqualTo(9);
    assertThat(result.targetRowsAfter()).isEqualTo(5);
    assertThat(actions(result))
        .isEqualTo(Map.of(FileAction.REWRITTEN, 2L, FileAction.REMOVED, 1L, FileAction.ADDED, 1L));
    assertThat(rows("a.parquet")).containsExactly("2 rob 31", "3 cid 99");
    assertThat(rows("b.parquet")).containsExactly("6 fay 35");
    assertThat(people.names()).doesNotContain("c.parquet");
  }

  @Test
  void threeAnswersOfOnesOwn() throws IOException {
    MergeRequest request =
        people
            .request(people.changes(CHANGES))
            .whenMatched(MatchedAction.DELETE)
            .whenNotMatched(NotMatchedAction.INSERT)
            .whenNotMatchedBySource(NotMatchedBySourceAction.KEEP)
            .build();
    MergeResult result = People.merge(request);
    assertThat(result.strategy()).isEqualTo("custom");
    assertThat(result.deleted()).isEqualTo(3);
    assertThat(result.inserted()).isEqualTo(2);
    assertThat(rows("a.parquet")).containsExactly("1 ann 30", "4 dan 33");
    assertThat(People.lines(addedFile())).containsExactly("21 zoe 50", "20 yan 51");
  }

  @Test
  void duplicatesAreShownAndNothingIsTouched() throws IOException {
    DirectoryState before = DirectoryState.of(people.target());
    MergeRequest request =
        people.request(people.changes("1 ann 1", "20 yan 51", "1 ann 2", "20 yan 52")).build();
    assertThatThrownBy(() -> People.merge(request))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContainingAll("1", "20");
    assertThat(DirectoryState.of(people.target())).isEqualTo(before);
  }

  @Test
  void deletingEveryRowLeavesOneEmptyFile() throws IOException {
    MergeRequest request =
        people.request(people.changes("99 nobody 1")).strategy(Strategy.SYNC).build();
    MergeResult result = People.merge(request);
    assertThat(result.deleted()).isEqualTo(12);
    assertThat(result.inserted()).isEqualTo(1);
    MergeResult nothingLeft =
        People.merge(
            people.request(people.changes("99 nobody 1")).strategy(Strategy.DELETE).build());
    assertThat(nothingLeft.targetRowsAfter()).isZero();
    assertThat(people.names()).hasSize(1);
    assertThat(People.lines(people.file(people.names().get(0)))).isEmpty();
  }

  @Test
  void theTargetStartsAsTheseTestsSay() throws IOException {
    assertThat(rows("a.parquet")).isEqualTo(FILE_A);
    assertThat(rows("b.parquet")).isEqualTo(FILE_B);
    assertThat(rows("c.parquet")).isEqualTo(FILE_C);
  }
}
