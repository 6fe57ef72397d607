package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.FileAction;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Strategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges into what may stand at a target's path: one file, files at any depth, or nothing. */
class TargetKindTest {
  @TempDir private Path directory;

  private People people;

  @BeforeEach
  void noPeople() {
    people = new People(directory);
  }

  private MergeResult merge(Path target, Strategy strategy, String... changes) throws IOException {
    return People.merge(
        people.request(people.changes(changes)).target(target).strategy(strategy).build());
  }

  @Test
  void aSingleFileTakesUpdatesAndNewRows() throws IOException {
    Path file = directory.resolve("one/people.parquet");
    people.store(file, "1 ann 30", "2 bob 31", "3 cid 32");
    MergeResult result = merge(file, Strategy.UPSERT, "9 new 1", "3 cid 99", "2 bob 31");
    assertThat(result.updated()).isEqualTo(1);
    assertThat(result.unchanged()).isEqualTo(1);
    assertThat(result.inserted()).isEqualTo(1);
    assertThat(result.targetRowsAfter()).isEqualTo(4);
    assertThat(result.filesRewritten()).isEqualTo(1);
    assertThat(result.filesAdded()).isZero();
    assertThat(People.lines(file)).containsExactly("1 ann 30", "2 bob 31", "3 cid 99", "9 new 1");
    assertThat(directory.resolve("one").toFile().list())
        .containsExactlyInAnyOrder("people.parquet", "_keymerge");
  }

  @Test
  void aSingleFileThatLosesAllRowsStaysAsAnEmptyOne() throws IOException {
    Path file = directory.resolve("one/people.parquet");
    people.store(file, "1 ann 30", "2 bob 31");
    MergeResult result = merge(file, Strategy.DELETE, "2 x 0", "1 y 0");
    assertThat(result.deleted()).isEqualTo(2);
    assertThat(People.lines(file)).isEmpty();
    MergeResult again = merge(file, Strategy.UPSERT, "5 eva 34");
    assertThat(again.inserted()).isEqualTo(1);
    assertThat(People.lines(file)).containsExactly("5 eva 34");
  }

  @Test
  void aMissingDirectoryIsMade() throws IOException {
    MergeResult result = merge(people.target(), Strategy.UPSERT, "2 bob 31", "1 ann 30");
    assertThat(result.inserted()).isEqualTo(2);
    assertThat(result.targetRowsBefore()).isZero();
    assertThat(result.targetRowsAfter()).isEqualTo(2);
    assertThat(result.files()).hasSize(1);
    assertThat(result.files().get(0).action()).isEqualTo(FileAction.ADDED);
    List<String> names = people.names();
    assertThat(names).containsExactly(result.files().get(0).path());
    assertThat(People.lines(people.file(names.get(0)))).containsExactly("2 bob 31", "1 ann 30");
    assertThat(merge(people.target(), Strategy.UPSERT, "2 bob 31").unchanged()).isEqualTo(1);
  }

  @Test
  void aMissingFileIsMade() throws IOException {
    Path file = directory.resolve("people.parquet");
    MergeResult result = merge(file, Strategy.UPSERT, "2 bob 31", "1 ann 30");
    assertThat(result.inserted()).isEqualTo(2);
    assertThat(file).isRegularFile();
    assertThat(People.lines(file)).containsExactly("2 bob 31", "1 ann 30");
  }

  @Test
  void theRefusedMergeMakesNoDirectory() throws IOException {
    assertThatThrownBy(() -> merge(people.target(), Strategy.UPSERT, "1 ann 30", "1 ann 31"))
        .isInstanceOf(MergeException.BadData.class);
    assertThat(people.target()).doesNotExist();
  }

  @Test
  void filesAtAnyDepthAreDataAndHiddenOnesAreNot() throws IOException {
    people.store(people.file("a.parquet"), "1 ann 30");
    people.store(people.file("deep/er/b.parquet"), "2 bob 31");
    people.store(people.file("_old/c.parquet"), "3 cid 32");
    people.store(people.file(".d.parquet"), "4 dan 33");
    Files.writeString(people.file("readme.txt"), "not data");
    MergeRequest request =
        people
            .request(people.changes("1 ann 1", "2 bob 2", "3 cid 3", "4 dan 4"))
            .strategy(Strategy.UPDATE)
            .build();
    MergeResult result = People.merge(request);
    assertThat(result.updated()).isEqualTo(2);
    assertThat(result.ignored()).isEqualTo(2);
    assertThat(People.lines(people.file("a.parquet"))).containsExactly("1 ann 1");
    assertThat(People.lines(people.file("deep/er/b.parquet"))).containsExactly("2 bob 2");
    assertThat(People.lines(people.file("_old/c.parquet"))).containsExactly("3 cid 32");
    assertThat(People.lines(people.file(".d.parquet"))).containsExactly("4 dan 33");
    assertThat(people.file("readme.txt")).hasContent("not data");
  }
}
