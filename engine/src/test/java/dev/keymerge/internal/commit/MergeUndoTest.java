package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keymerge.HistoryEntry;
import dev.keymerge.MergeException;
import dev.keymerge.UndoResult;
import dev.keymerge.internal.storage.FaultyStorage.Effect;
import dev.keymerge.internal.storage.FaultyStorage.Extent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MergeUndoTest {
  private static final Duration A_DAY = Duration.ofDays(1);

  @TempDir private Path temporary;
  private PublicationPlace place;

  @BeforeEach
  void makeRoom() throws IOException {
    place = new PublicationPlace(temporary);
  }

  @AfterEach
  void giveMemoryBack() {
    place.close();
  }

  @ParameterizedTest
  @EnumSource(PublicationScene.class)
  void bringsBackWhatWasThere(PublicationScene scene) throws IOException {
    scene.prepare(place);
    Map<String, String> before = PublicationPlace.contents(place.home);
    place.publish(scene, A_DAY);
    assertThat(PublicationPlace.contents(place.home)).isNotEqualTo(before);
    Instant past = Instant.now().minusSeconds(3600);

    UndoResult result = undo();

    assertThat(PublicationPlace.contents(place.home)).isEqualTo(before);
    assertThat(place.hidden()).hasSize(1).allMatch(name -> name.endsWith("/history"));
    assertThat(result.entry().undoes()).isEqualTo(result.undone().mergeId());
    assertThat(result.entry().inserted()).isEqualTo(result.undone().deleted());
    assertThat(result.entry().rowsAfter()).isEqualTo(result.undone().rowsBefore());
    assertThat(result.undone().time()).isAfter(past);
    assertThat(history()).containsExactly(result.undone(), result.entry());
  }

  @Test
  void tellsWhichFilesItChanged() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    place.publish(PublicationScene.DIRECTORY, A_DAY);
    UndoResult result = undo();
    assertThat(result.restored()).containsExactly("a.parquet", "b.parquet", "sub/d.parquet");
    assertThat(result.removed()).containsExactly("e/new.parquet");
  }

  @Test
  void keepsPreviousVersionsWhereNoReaderTakesThemForData() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Object inode = Files.getAttribute(place.target.resolve("a.parquet"), "unix:ino");
    place.publish(PublicationScene.DIRECTORY, A_DAY);
    assertThat(place.hidden())
        .hasSize(5)
        .allMatch(
            name ->
                name.startsWith("table/_keymerge/")
                    && !name.toLowerCase(Locale.ROOT).contains("parquet"));
    undo();
    assertThat(Files.getAttribute(place.target.resolve("a.parquet"), "unix:ino"))
        .as("it is the same file, not a copy")
        .isEqualTo(inode);
  }

  @Test
  void takesSeveralMergesBackOneAfterTheOther() throws IOException {
    PublicationScene.FILE.prepare(place);
    Map<String, String> first = PublicationPlace.contents(place.home);
    place.publish(PublicationScene.FILE, A_DAY);
    Map<String, String> second = PublicationPlace.contents(place.home);
    replaceOnlyFile(7, A_DAY);

    undo();
    assertThat(PublicationPlace.contents(place.home)).isEqualTo(second);
    undo();
    assertThat(PublicationPlace.contents(place.home)).isEqualTo(first);
    assertThatThrownBy(this::undo)
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("No merge into " + place.target);
    assertThat(history()).hasSize(4);
  }

  @Test
  void cannotGoBehindAMergeWhoseVersionIsNotKept() throws IOException {
    PublicationScene.FILE.prepare(place);
    place.publish(PublicationScene.FILE, A_DAY);
    replaceOnlyFile(7, Duration.ZERO);
    Map<String, String> before = PublicationPlace.contents(place.home);

    assertThatThrownBy(this::undo)
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("is not kept.");
    assertThat(PublicationPlace.contents(place.home)).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(Change.class)
  void refusesToLoseWhatSomeoneChangedSince(Change change) throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    place.publish(PublicationScene.DIRECTORY, A_DAY);
    Path changed = change.make(place);
    Map<String, String> before = PublicationPlace.contents(place.home);

    assertThatThrownBy(this::undo)
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining(changed.toString());
    assertThat(PublicationPlace.contents(place.home)).isEqualTo(before);
    assertThat(place.hidden()).hasSize(5);
  }

  /** Does something to what the scene of a directory has left. */
  enum Change {
    OVERWRITTEN {
      @Override
      Path make(PublicationPlace place) {
        return written(place, "a.parquet");
      }
    },
    ADDED_FILE_GONE {
      @Override
      Path make(PublicationPlace place) throws IOException {
        Path file = place.target.resolve("e/new.parquet");
        Files.delete(file);
        return file;
      }
    },
    REMOVED_FILE_THERE_AGAIN {
      @Override
      Path make(PublicationPlace place) {
        return written(place, "b.parquet");
      }
    };

    abstract Path make(PublicationPlace place) throws IOException;

    static Path written(PublicationPlace place, String name) {
      Path file = place.target.resolve(name);
      place.write(file, 77, 9);
      return file;
    }
  }

  @Test
  void leavesFilesAloneThatTheMergeDidNotTouch() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    place.publish(PublicationScene.DIRECTORY, A_DAY);
    place.write(place.target.resolve("c.parquet"), 500, 3);
    place.write(place.target.resolve("late.parquet"), 600, 4);
    undo();
    assertThat(place.rows(place.target)).isEqualTo(3 + 4 + 3 + 1 + 4);
  }

  @Test
  void refusesAPreviousVersionThatIsDamaged() throws IOException {
    PublicationScene.FILE.prepare(place);
    place.publish(PublicationScene.FILE, A_DAY);
    Path kept =
        place.home.resolve(
            place.hidden().stream()
                .filter(name -> name.endsWith(".kept"))
                .findFirst()
                .orElseThrow());
    Files.writeString(kept, "damaged");
    Map<String, String> before = PublicationPlace.contents(place.home);
    assertThatThrownBy(this::undo)
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining("not what it was");
    assertThat(PublicationPlace.contents(place.home)).isEqualTo(before);
  }

  @Test
  void dropsVersionsWhoseTimeIsOver() throws IOException {
    PublicationScene.FILE.prepare(place);
    place.publish(PublicationScene.FILE, Duration.ofMillis(1));
    Instant later = Instant.now().plusMillis(2);
    while (Instant.now().isBefore(later)) {
      Thread.onSpinWait();
    }
    place.recovery().run(PublicationPlace.path(place.target));

    assertThat(place.hidden()).hasSize(1).allMatch(name -> name.endsWith("/history"));
    assertThatThrownBy(this::undo)
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("not kept any more");
  }

  @Test
  void isAllOrNothingWhereverItStops() throws IOException {
    boolean fired = true;
    for (int operation = 0; fired; operation++) {
      place.startAnew();
      PublicationScene.DIRECTORY.prepare(place);
      Map<String, String> original = PublicationPlace.contents(place.home);
      place.publish(PublicationScene.DIRECTORY, A_DAY);
      Map<String, String> merged = PublicationPlace.contents(place.home);
      place.storage.arm(operation, Effect.DONE, Extent.ALL_FROM_THERE);
      Throwable failure = catchThrowable(this::undo);
      fired = place.storage.fired() > 0;
      place.storage.disarm();
      boolean committed =
          failure == null || place.hidden().stream().anyMatch(name -> name.endsWith("/journal"));
      if (failure instanceof MergeException.InputOutput) {
        assertThat(committed).isFalse();
      }
      place.recovery().run(PublicationPlace.path(place.target));
      assertThat(PublicationPlace.contents(place.home))
          .as("operation %d", operation)
          .isEqualTo(committed ? original : merged);
      if (!committed) {
        undo();
        assertThat(PublicationPlace.contents(place.home)).isEqualTo(original);
      }
      assertThat(place.hidden()).hasSize(1).allMatch(name -> name.endsWith("/history"));
    }
  }

  private void replaceOnlyFile(int rows, Duration keep) throws IOException {
    try (StagingArea staging = place.stage(PublicationScene.FILE)) {
      StagedFile successor = place.stagedFile(staging, "next", 1, rows);
      PublicationPlan plan =
          PublicationScene.plan(
              List.of(new StagedChange.Replace(successor, PublicationPlace.path(place.target))),
              rows - 6,
              0);
      place.publication(staging, PublicationPlace.keeping(plan, keep)).publish(() -> {});
    }
  }

  private UndoResult undo() {
    return new MergeUndo(place.storage, place.budget).run(PublicationPlace.path(place.target));
  }

  private List<HistoryEntry> history() {
    return MergeUndo.history(place.storage, PublicationPlace.path(place.target));
  }
}
