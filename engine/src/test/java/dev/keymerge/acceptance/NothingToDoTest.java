package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Strategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges what the target holds already: nothing of the target may be touched. */
class NothingToDoTest {
  @TempDir private Path directory;

  private People people;

  @BeforeEach
  void storePeople() throws IOException {
    people = new People(directory);
    people.storeThreeFiles();
  }

  private MergeResult mergeWithoutTrace(MergeRequest request) throws IOException {
    DirectoryState before = DirectoryState.of(people.target());
    FileTime time = Files.getLastModifiedTime(people.target());
    MergeResult result = People.merge(request);
    assertThat(DirectoryState.of(people.target())).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(people.target())).isEqualTo(time);
    assertThat(result.targetUnchanged()).isTrue();
    assertThat(result.bytesWritten()).isZero();
    assertThat(result.filesKept()).isEqualTo(3);
    assertThat(result.filesRewritten() + result.filesAdded() + result.filesRemoved()).isZero();
    assertThat(result.targetRowsAfter()).isEqualTo(12);
    return result;
  }

  @Test
  void equalRowsAreUnchanged() throws IOException {
    MergeResult result =
        mergeWithoutTrace(people.request(people.changes("12 leo 41", "1 ann 30")).build());
    assertThat(result.unchanged()).isEqualTo(2);
  }

  @Test
  void syncWithAllRowsIsUnchanged() throws IOException {
    String[] all = {
      "12 leo 41", "11 kim 40", "10 jon 39", "9 ida 38", "8 hal 37", "7 gus 36",
      "6 fay 35", "5 eva 34", "4 dan 33", "3 cid 32", "2 bob 31", "1 ann 30"
    };
    MergeResult result =
        mergeWithoutTrace(people.request(people.changes(all)).strategy(Strategy.SYNC).build());
    assertThat(result.unchanged()).isEqualTo(12);
  }

  @Test
  void unknownKeysAreNothingToDelete() throws IOException {
    MergeResult result =
        mergeWithoutTrace(
            people
                .request(people.changes("-1 nobody 0", "100 nobody 0"))
                .strategy(Strategy.DELETE)
                .build());
    assertThat(result.ignored()).isEqualTo(2);
  }

  @Test
  void aSourceWithoutRowsIsNothingToDo() throws IOException {
    MergeResult result = mergeWithoutTrace(people.request(people.changes()).build());
    assertThat(result.sourceRows()).isZero();
  }

  @Test
  void upsertingTwiceIsUpsertingOnce() throws IOException {
    MergeRequest request = people.request(people.changes("3 cid 99", "20 yan 51")).build();
    MergeResult first = People.merge(request);
    assertThat(first.updated()).isEqualTo(1);
    assertThat(first.inserted()).isEqualTo(1);
    DirectoryState once = DirectoryState.of(people.target());
    MergeResult second = People.merge(request);
    assertThat(second.unchanged()).isEqualTo(2);
    assertThat(second.targetUnchanged()).isTrue();
    assertThat(DirectoryState.of(people.target())).isEqualTo(once);
  }
}
