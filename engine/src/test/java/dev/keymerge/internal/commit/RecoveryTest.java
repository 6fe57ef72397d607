package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keymerge.MergeException;
import dev.keymerge.RecoveryResult;
import dev.keymerge.RecoveryResult.Outcome;
import dev.keymerge.internal.storage.FaultyStorage.Effect;
import dev.keymerge.internal.storage.FaultyStorage.Extent;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecoveryTest {
  private static final Duration A_DAY = Duration.ofDays(1);
  private static final int STRIDE = 17;

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
  void completesWhatStoppedAtAnyOperationEvenIfItIsStoppedItself(PublicationScene scene)
      throws IOException {
    Map<String, String> after = place.published(scene);
    int stoppedTwice = 0;
    boolean fired = true;
    for (int operation = commitPoint(scene); fired; operation++) {
      boolean firedAgain = true;
      // Every operation of a recovery is stopped at, though not after each stop of a publication.
      for (int again = operation % STRIDE; firedAgain; again += STRIDE) {
        fired = stop(scene, operation);
        if (!fired) {
          break;
        }
        place.storage.arm(again, Effect.DONE, Extent.ALL_FROM_THERE);
        attempt(this::recover);
        firedAgain = place.storage.fired() > 0;
        stoppedTwice += firedAgain ? 1 : 0;
        place.storage.disarm();
        recover();
        assertThat(PublicationPlace.contents(place.home))
            .as("stopped at %d and again at %d", operation, again)
            .isEqualTo(after);
        assertOnlyWhatIsKeptRemains(scene);
        assertThat(recover().outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
      }
    }
    assertThat(stoppedTwice).isPositive();
  }

  /** Publishes, keeping the previous version, and stops after that many operations. */
  private boolean stop(PublicationScene scene, int operation) throws IOException {
    place.startAnew();
    scene.prepare(place);
    try (StagingArea staging = place.stage(scene)) {
      Publication publication =
          place.publication(staging, PublicationPlace.keeping(place.plan(), A_DAY));
      place.storage.arm(operation, Effect.DONE, Extent.ALL_FROM_THERE);
      attempt(() -> publication.publish(() -> {}));
      boolean fired = place.storage.fired() > 0;
      place.storage.disarm();
      return fired;
    }
  }

  /** Returns how many operations come before the one that makes the journal valid. */
  private int commitPoint(PublicationScene scene) throws IOException {
    stop(scene, Integer.MAX_VALUE);
    List<String> operations = place.storage.operations();
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i).startsWith("replace ") && operations.get(i).endsWith("/journal")) {
        return i;
      }
    }
    throw new AssertionError(operations);
  }

  private void assertOnlyWhatIsKeptRemains(PublicationScene scene) throws IOException {
    int kept = scene == PublicationScene.DIRECTORY ? 3 : scene == PublicationScene.FILE ? 1 : 0;
    assertThat(place.hidden()).filteredOn(name -> name.endsWith(".kept")).hasSize(kept);
    assertThat(place.hidden())
        .filteredOn(name -> !name.endsWith(".kept"))
        .hasSize(2)
        .allMatch(name -> name.endsWith("/history") || name.endsWith("/record"));
  }

  @Test
  void saysWhatItCompleted() throws IOException {
    interrupt(PublicationScene.DIRECTORY);
    RecoveryResult result = recover();
    assertThat(result.outcome()).isEqualTo(Outcome.ROLLED_FORWARD);
    assertThat(result.files())
        .containsExactly("a.parquet", "e/new.parquet", "sub/d.parquet", "b.parquet");
    assertThat(result.completed()).isNotNull();
    assertThat(MergeUndo.history(place.storage, PublicationPlace.path(place.target)))
        .containsExactly(result.completed());
  }

  @Test
  void doesNothingWhereNothingWasMerged() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    FileTime time = Files.getLastModifiedTime(place.target);
    assertThat(recover().outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
    assertThat(Files.getLastModifiedTime(place.target)).isEqualTo(time);
    assertThat(place.target.resolve("_keymerge")).doesNotExist();
  }

  @Test
  void takesBackWhatDidNotReachItsCommitPoint() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Map<String, String> before = PublicationPlace.contents(place.home);
    Path home = place.target.resolve("_keymerge");
    String id = UUID.randomUUID().toString();
    Files.createDirectories(home.resolve(id));
    Files.writeString(home.resolve(id + "/0.staged"), "half");
    Files.writeString(home.resolve("journal.tmp"), "half");
    Files.createDirectories(home.resolve("previous/" + id));
    Files.writeString(home.resolve("previous/" + id + "/0.kept"), "some");

    RecoveryResult result = recover();
    assertThat(result.outcome()).isEqualTo(Outcome.TAKEN_BACK);
    assertThat(result.takenBack()).containsExactly(id);
    assertThat(PublicationPlace.contents(place.home)).isEqualTo(before);
    assertThat(home).doesNotExist();
  }

  @Test
  void leavesStagingAloneThatSomeoneStillNeeds() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Path staged =
        place.target.resolve("_keymerge").resolve(UUID.randomUUID().toString()).resolve("x");
    Files.createDirectories(staged.getParent());
    Files.writeString(staged, "");
    RecoveryResult result =
        new Recovery(place.storage, place.budget, staging -> false)
            .run(PublicationPlace.path(place.target));
    assertThat(result.outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
    assertThat(staged).exists();
  }

  @Test
  void leavesLinksAloneThatAreNamedLikeStaging() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Path elsewhere = Files.createDirectories(place.target.resolve("_elsewhere"));
    Path file = Files.writeString(elsewhere.resolve("x"), "");
    Path link = place.target.resolve("_keymerge").resolve(UUID.randomUUID().toString());
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, elsewhere);
    assertThat(recover().outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
    assertThat(link).isSymbolicLink();
    assertThat(elsewhere).isDirectoryContaining(file::equals);
    assertThat(elsewhere.resolve("owner")).doesNotExist();
  }

  @Test
  void goesOnWhenStagingBelongsToAnotherUser() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Path staged = place.target.resolve("_keymerge").resolve(UUID.randomUUID().toString());
    Files.createDirectories(staged);
    RecoveryResult result =
        new Recovery(
                place.storage,
                place.budget,
                staging -> {
                  throw new AccessDeniedException(staging.text());
                })
            .run(PublicationPlace.path(place.target));
    assertThat(result.outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
    assertThat(staged).exists();
  }

  @Test
  void leavesTheHomesOfFilesInTheDirectoryAlone() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Path history = place.target.resolve("_keymerge/a.parquet.home/history");
    Files.createDirectories(history.getParent());
    Files.writeString(history, "");
    assertThat(recover().outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
    assertThat(history).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.parquet", "b.parquet", "e/new.parquet"})
  void stopsAtAFileThatSomeoneChangedAndDeletesNothing(String name) throws IOException {
    interrupt(PublicationScene.DIRECTORY);
    Path changed = place.target.resolve(name);
    place.write(changed, 1000, 50);
    Map<String, String> before = PublicationPlace.contents(place.home);
    List<String> hidden = place.hidden();

    assertThatThrownBy(this::recover)
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining(changed.toString());
    assertThat(PublicationPlace.contents(place.home)).isEqualTo(before);
    assertThat(place.hidden()).isEqualTo(hidden);

    // The way out that the message names.
    Files.delete(changed);
    recover();
    assertThat(place.rows(place.target)).isEqualTo(12);
  }

  @Test
  void recognizesFilesThatWereCopiedWithTheirDataset() throws IOException {
    interrupt(PublicationScene.DIRECTORY);
    for (String name : List.of("a.parquet", "b.parquet", "sub/d.parquet")) {
      Path file = place.target.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      Files.delete(file);
      Files.write(file, bytes);
    }
    assertThat(recover().outcome()).isEqualTo(Outcome.ROLLED_FORWARD);
    assertThat(place.rows(place.target)).isEqualTo(12);
  }

  @Test
  void doesNotJudgeFilesOfAMergeThatTheHistoryTellsOf() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    stop(PublicationScene.DIRECTORY, Integer.MAX_VALUE);
    List<String> operations = place.storage.operations();
    int last = 0;
    for (int i = 0; i < operations.size(); i++) {
      last = operations.get(i).endsWith("_keymerge/history") ? i + 1 : last;
    }
    stop(PublicationScene.DIRECTORY, last);
    assertThat(place.hidden()).contains("table/_keymerge/journal");
    place.write(place.target.resolve("a.parquet"), 1000, 50);

    assertThat(recover().outcome()).isEqualTo(Outcome.ROLLED_FORWARD);
    assertThat(place.rows(place.target.resolve("a.parquet"))).isEqualTo(50);
    assertThat(place.hidden()).doesNotContain("table/_keymerge/journal");
  }

  @Test
  void stopsAtAJournalThatIsDamagedAndDeletesNothing() throws IOException {
    interrupt(PublicationScene.DIRECTORY);
    Path journal = place.target.resolve("_keymerge/journal");
    byte[] bytes = Files.readAllBytes(journal);
    Files.write(journal, Arrays.copyOf(bytes, bytes.length - 1));
    List<String> hidden = place.hidden();

    assertThatThrownBy(this::recover)
        .isInstanceOf(MergeException.InputOutput.class)
        .hasMessageContaining(journal.toString());
    assertThat(place.hidden()).isEqualTo(hidden);
  }

  @Test
  void refusesAJournalThatWouldWriteThroughALink() throws IOException {
    interrupt(PublicationScene.DIRECTORY);
    Path outside = Files.createDirectories(place.home.resolve("outside"));
    Files.move(place.target.resolve("sub/d.parquet"), outside.resolve("d.parquet"));
    Files.delete(place.target.resolve("sub"));
    Files.createSymbolicLink(place.target.resolve("sub"), outside);

    assertThatThrownBy(this::recover)
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining(place.target.resolve("sub").toString());
  }

  @Test
  void refusesAJournalThatWouldTakeFilesThroughALink() throws IOException {
    interrupt(PublicationScene.DIRECTORY);
    Path home = place.target.resolve("_keymerge");
    Path staging;
    try (Stream<Path> areas = Files.list(home)) {
      staging =
          areas
              .filter(each -> DatasetHome.isMergeId(each.getFileName().toString()))
              .findFirst()
              .orElseThrow();
    }
    Path outside = place.home.resolve("outside");
    Files.move(staging, outside);
    Files.createSymbolicLink(staging, outside);

    assertThatThrownBy(this::recover)
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining(staging.toString());
    assertThat(outside.resolve("0.staged")).exists();
  }

  @Test
  void deletesNothingBehindALinkInPlaceOfAPreviousVersion() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Path outside = Files.createDirectories(place.home.resolve("outside"));
    Files.writeString(outside.resolve("record"), "precious");
    Path previous = place.target.resolve("_keymerge/previous");
    Files.createDirectories(previous);
    Files.createSymbolicLink(previous.resolve(Journals.ID), outside);
    recover();
    assertThat(outside.resolve("record")).hasContent("precious");

    Files.delete(previous.resolve(Journals.ID));
    Files.delete(previous);
    Files.createDirectories(outside.resolve(Journals.ID));
    Files.writeString(outside.resolve(Journals.ID).resolve("record"), "precious");
    Files.createSymbolicLink(previous, outside);
    recover();
    assertThat(outside.resolve(Journals.ID).resolve("record")).hasContent("precious");
    assertThatThrownBy(() -> place.publish(PublicationScene.DIRECTORY, Duration.ofDays(1)))
        .isInstanceOf(MergeException.InputOutput.class)
        .hasMessageContaining("a link");
  }

  @Test
  void keepsOthersFromMergingBeforeItWasDone() throws IOException {
    interrupt(PublicationScene.FILE);
    assertThatThrownBy(() -> place.publish(PublicationScene.FILE, Duration.ZERO))
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining("not completed yet");
    assertThat(recover().outcome()).isEqualTo(Outcome.ROLLED_FORWARD);
  }

  /** Leaves a merge that is committed and of which nothing is published. */
  private void interrupt(PublicationScene scene) throws IOException {
    stop(scene, commitPoint(scene) + 1);
  }

  private RecoveryResult recover() {
    return place.recovery().run(PublicationPlace.path(place.target));
  }

  /** Lets an action be stopped by what was armed, but not by what a test finds wrong. */
  private static void attempt(ThrowingCallable action) {
    if (catchThrowable(action) instanceof Error wrong) {
      throw wrong;
    }
  }
}
