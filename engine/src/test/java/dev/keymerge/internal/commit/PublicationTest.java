package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.commit.StagedChange.Add;
import dev.keymerge.internal.commit.StagedChange.Remove;
import dev.keymerge.internal.commit.StagedChange.Replace;
import dev.keymerge.internal.storage.FaultyStorage.Effect;
import dev.keymerge.internal.storage.FaultyStorage.Extent;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicationTest {
  private static final Runnable GO_AHEAD = () -> {};

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

  @Test
  void replacesAddsAndRemoves() throws IOException {
    PublicationScene scene = PublicationScene.DIRECTORY;
    scene.prepare(place);
    Map<String, String> before = PublicationPlace.contents(place.target);

    try (StagingArea staging = place.stage(scene)) {
      assertThat(PublicationPlace.contents(place.target)).isEqualTo(before);
      place.publication(staging).publish(GO_AHEAD);
    }

    assertThat(PublicationPlace.contents(place.target).keySet())
        .containsExactlyInAnyOrder("a.parquet", "c.parquet", "sub/d.parquet", "e/new.parquet");
    assertThat(place.rows(place.target)).isEqualTo(10 + 7 - 5);
    assertThat(place.hidden()).containsExactly("table/_keymerge/history");
  }

  @Test
  void touchesTheTargetOnlyAfterEveryCheckAndTheJournal() throws IOException {
    PublicationScene scene = PublicationScene.DIRECTORY;
    scene.prepare(place);
    try (StagingArea staging = place.stage(scene)) {
      place.storage.arm(Integer.MAX_VALUE, Effect.NOT_DONE, Extent.ONE);
      place.publication(staging).publish(GO_AHEAD);

      List<String> operations = place.storage.operations();
      String journal = place.target + "/_keymerge/journal";
      int commitPoint = indexOf(operations, "replace " + journal + ".tmp " + journal);
      assertThat(indexOf(operations, "syncDirectory " + staging.directory()))
          .isLessThan(indexOf(operations, "listDataFiles "));
      assertThat(indexOf(operations, "listDataFiles ")).isLessThan(commitPoint);
      assertThat(operations.subList(0, commitPoint))
          .noneMatch(operation -> operation.startsWith("replace "));
      assertThat(operations.get(commitPoint + 1))
          .isEqualTo("syncDirectory " + place.target + "/_keymerge");
      List<String> afterwards =
          operations.subList(commitPoint + 1, operations.size()).stream()
              .filter(operation -> !operation.startsWith("status "))
              .map(operation -> operation.replace(staging.directory().text(), "STAGING"))
              .map(operation -> operation.replace(place.target.toString(), "TARGET"))
              .toList();
      assertThat(afterwards)
          .containsExactly(
              "syncDirectory TARGET/_keymerge",
              "createDirectories TARGET/e",
              "replace STAGING/0.staged TARGET/a.parquet",
              "replace STAGING/1.staged TARGET/e/new.parquet",
              "replace STAGING/2.staged TARGET/sub/d.parquet",
              "delete TARGET/b.parquet",
              "syncDirectory TARGET",
              "syncDirectory TARGET/e",
              "syncDirectory TARGET/sub",
              "replace STAGING/history TARGET/_keymerge/history",
              "syncDirectory TARGET/_keymerge",
              "delete TARGET/_keymerge/journal",
              "syncDirectory TARGET/_keymerge");
    }
  }

  @Test
  void showsANewDirectoryAllAtOnce() throws IOException {
    PublicationScene.MISSING_DIRECTORY.prepare(place);
    try (StagingArea staging = place.stage(PublicationScene.MISSING_DIRECTORY)) {
      place.storage.arm(Integer.MAX_VALUE, Effect.NOT_DONE, Extent.ONE);
      place.publication(staging).publish(() -> assertThat(place.target).doesNotExist());

      assertThat(place.storage.operations())
          .filteredOn(operation -> operation.endsWith(" " + place.target))
          .filteredOn(operation -> operation.startsWith("replace "))
          .hasSize(1);
    }
    assertThat(PublicationPlace.contents(place.target).keySet())
        .containsExactly("p/q/y.parquet", "x.parquet");
    assertThat(place.rows(place.target)).isEqualTo(8);
  }

  @Test
  void leavesAFileAloneThatAppearsWhereItsOwnBelongs() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Map<String, String> before = PublicationPlace.contents(place.target);
    Path intruder = place.target.resolve("e/new.parquet");
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      Publication publication = place.publication(staging);
      Runnable race = () -> place.write(intruder, 99, 1);
      assertThatThrownBy(() -> publication.publish(race))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining(intruder.toString());
    }
    assertThat(place.rows(intruder)).isEqualTo(1);
    Files.delete(intruder);
    assertThat(PublicationPlace.contents(place.target)).isEqualTo(before);
  }

  @Test
  void aFileThatSomeoneRemovedMeanwhileIsAConflict() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Path removed;
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      Publication publication = place.publication(staging);
      removed = place.target.resolve("a.parquet");
      Files.delete(removed);
      Map<String, String> before = PublicationPlace.contents(place.target);
      assertThatThrownBy(() -> publication.publish(GO_AHEAD))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining(removed + " was removed");
      assertThat(PublicationPlace.contents(place.target)).isEqualTo(before);
    }
  }

  @Test
  void stopsWithoutATraceIfSomeoneChangedTheTarget() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      Publication publication = place.publication(staging);
      place.write(place.target.resolve("late.parquet"), 0, 1);
      Map<String, String> before = PublicationPlace.contents(place.target);
      assertThatThrownBy(() -> publication.publish(GO_AHEAD))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining("late.parquet was added");
      assertThat(PublicationPlace.contents(place.target)).isEqualTo(before);
    }
    assertThat(place.hidden()).isEmpty();
  }

  @Test
  void canBeStoppedUntilTheLastMoment() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Map<String, String> before = PublicationPlace.contents(place.target);
    RuntimeException stop = new MergeException.Cancelled("stop", "again");
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      Publication publication = place.publication(staging);
      assertThatThrownBy(
              () ->
                  publication.publish(
                      () -> {
                        throw stop;
                      }))
          .isSameAs(stop);
    }
    assertThat(PublicationPlace.contents(place.target)).isEqualTo(before);
    assertThat(place.hidden()).isEmpty();
  }

  @Test
  void finishesDespiteAnInterruptOnceItHasBegun() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      place.publication(staging).publish(() -> Thread.currentThread().interrupt());
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(place.rows(place.target)).isEqualTo(12);
  }

  @Test
  void refusesToPublishRowsThatDoNotAddUp() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Map<String, String> before = PublicationPlace.contents(place.target);
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      PublicationPlan plan = place.plan();
      PublicationPlan wrong =
          PublicationScene.plan(plan.changes(), plan.rows().inserted() + 1, plan.rows().deleted());
      assertThatThrownBy(() -> place.publication(staging, wrong).publish(GO_AHEAD))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("10 rows plus 8 inserted minus 5 deleted")
          .hasMessageContaining("12 rows");
    }
    assertThat(PublicationPlace.contents(place.target)).isEqualTo(before);
  }

  @Test
  void refusesAStagedFileThatIsNotWhatItShouldBe() throws IOException {
    PublicationScene.MISSING_DIRECTORY.prepare(place);
    try (StagingArea staging = place.stage(PublicationScene.MISSING_DIRECTORY)) {
      StagedFile good = place.stagedFile(staging, "good", 0, 3);
      StagedFile wrong = new StagedFile(good.path(), 4);
      assertDefect(staging, wrong, 4, "holds 3 rows instead of 4");

      StoragePath text;
      try (StorageOutput output = staging.create("text")) {
        output.write(ByteBuffer.wrap(new byte[100]));
        output.sync();
        text = output.path();
      }
      assertDefect(staging, new StagedFile(text, 1), 1, "cannot be read back");

      StoragePath unsynced;
      try (StorageOutput output = staging.create("unsynced")) {
        output.write(ByteBuffer.wrap(Files.readAllBytes(Path.of(good.path().text()))));
        unsynced = output.path();
      }
      assertDefect(staging, new StagedFile(unsynced, 3), 3, "was not synced");
    }
    assertThat(place.target).doesNotExist();
  }

  @Test
  void refusesAPlanForAnotherSnapshot() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    StoragePath known = PublicationPlace.path(place.target.resolve("a.parquet"));
    StoragePath unknown = PublicationPlace.path(place.target.resolve("z.parquet"));
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      StagedFile file = place.stagedFile(staging, "x", 0, 1);
      for (List<StagedChange> changes :
          List.<List<StagedChange>>of(
              List.of(new Replace(file, unknown)),
              List.of(new Remove(unknown)),
              List.of(new Add(file, known)),
              List.of(new Remove(known), new Replace(file, known)),
              List.of(new Add(file, unknown), new Add(file, unknown)))) {
        assertThatThrownBy(() -> place.publication(staging, PublicationScene.plan(changes, 0, 0)))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void givesFilesThePermissionsOfThoseBefore() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Set<PosixFilePermission> permissions = PosixFilePermissions.fromString("rw-rw----");
    Files.setPosixFilePermissions(place.target.resolve("a.parquet"), permissions);
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      place.publication(staging).publish(GO_AHEAD);
    }
    assertThat(Files.getPosixFilePermissions(place.target.resolve("a.parquet")))
        .isEqualTo(permissions);
    assertThat(Files.getPosixFilePermissions(place.target.resolve("e/new.parquet")))
        .isEqualTo(permissions);
  }

  @Test
  void changesNothingForAnEmptyPlan() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    try (StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      Map<String, String> before = PublicationPlace.contents(place.home);
      place.publication(staging, PublicationScene.plan(List.of(), 0, 0)).publish(GO_AHEAD);
      assertThat(PublicationPlace.contents(place.home)).isEqualTo(before);
    }
  }

  private void assertDefect(StagingArea staging, StagedFile file, long rows, String message) {
    PublicationPlan plan =
        PublicationScene.plan(List.of(new Add(file, place.inTarget("n.parquet"))), rows, 0);
    assertThatThrownBy(() -> place.publication(staging, plan).publish(GO_AHEAD))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(file.path().text());
  }

  private static int indexOf(List<String> operations, String prefix) {
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i).startsWith(prefix)) {
        return i;
      }
    }
    throw new AssertionError("No " + prefix + "in " + operations);
  }
}
