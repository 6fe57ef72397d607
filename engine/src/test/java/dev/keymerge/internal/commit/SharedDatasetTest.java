package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.FaultyStorage.Effect;
import dev.keymerge.internal.storage.FaultyStorage.Extent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one user leaves can be taken up by all who may change the directory of the dataset. */
class SharedDatasetTest {
  private static final int SHARED_DIRECTORY = 02775;
  private static final int SHARED_FILE = 0664;

  @TempDir private Path temporary;
  private PublicationPlace place;

  @BeforeEach
  void makeRoom() throws IOException {
    assumeTrue(
        temporary.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "permissions of Unix are needed");
    place = new PublicationPlace(temporary);
    makeTarget();
  }

  private void makeTarget() throws IOException {
    PublicationScene.DIRECTORY.prepare(place);
    Files.setAttribute(place.target, "unix:mode", SHARED_DIRECTORY);
  }

  @AfterEach
  void giveMemoryBack() {
    place.close();
  }

  private static int mode(Path path) {
    try {
      return (Integer) Files.getAttribute(path, "unix:mode") & 07777;
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private Path home() {
    return place.target.resolve("_keymerge");
  }

  private DatasetLock lock() throws IOException {
    return DatasetLock.acquire(
        place.storage,
        PublicationPlace.path(place.target),
        LockRequest.atOnce("merge", UUID.randomUUID().toString()));
  }

  @Test
  void whatAMergeLeavesIsAsOpenAsTheDataset() throws IOException {
    try (DatasetLock lock = lock()) {
      assertThat(mode(home())).isEqualTo(SHARED_DIRECTORY);
      assertThat(mode(home().resolve("lock"))).isEqualTo(SHARED_FILE);
      place.publish(PublicationScene.DIRECTORY, Duration.ofDays(1));
    }
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(home())) {
      for (Path each : all.toList()) {
        if (Files.isDirectory(each)) {
          assertThat(mode(each)).as(each.toString()).isEqualTo(SHARED_DIRECTORY);
        } else if (!each.toString().endsWith(".kept")) {
          files.add(each);
        }
      }
    }
    assertThat(files)
        .hasSize(2)
        .allSatisfy(each -> assertThat(mode(each)).as(each.toString()).isEqualTo(SHARED_FILE));
  }

  @Test
  void whatIsNeededToCompleteAMergeIsAsOpenAsTheDataset() throws IOException {
    int rename = firstRename();
    place.startAnew();
    makeTarget();
    try (DatasetLock lock = lock()) {
      StagingArea staging = place.stage(PublicationScene.DIRECTORY);
      assertThat(mode(Path.of(staging.directory().text())) & 0777).isEqualTo(0700);
      Path successor = Path.of(staging.path("0").text());
      place.storage.arm(rename, Effect.NOT_DONE, Extent.ALL_FROM_THERE);
      assertThatThrownBy(() -> place.publication(staging).publish(() -> {}))
          .isInstanceOf(MergeException.OutcomeUnknown.class);
      place.storage.disarm();
      staging.close();

      assertThat(mode(home().resolve("journal"))).isEqualTo(SHARED_FILE);
      assertThat(mode(successor.getParent())).isEqualTo(SHARED_DIRECTORY);
      assertThat(mode(successor)).isEqualTo(mode(place.target.resolve("a.parquet")));
      place.recovery().run(PublicationPlace.path(place.target));
    }
  }

  @Test
  void directoriesAroundATargetThatIsNewAreMadeAsAnyoneMakesThem() throws IOException {
    Path target = place.target.resolve("deep/er/new.parquet");
    Path usual = Files.createDirectory(place.home.resolve("usual"));
    try (DatasetLock lock =
        DatasetLock.acquire(
            place.storage,
            PublicationPlace.path(target),
            LockRequest.atOnce("merge", UUID.randomUUID().toString()))) {
      assertThat(mode(place.target.resolve("deep")) & 0777).isEqualTo(mode(usual) & 0777);
    }
  }

  /** Returns how many operations come before the first file of the target is replaced. */
  private int firstRename() throws IOException {
    try (DatasetLock lock = lock();
        StagingArea staging = place.stage(PublicationScene.DIRECTORY)) {
      place.storage.count();
      place.publication(staging).publish(() -> {});
      List<String> operations = place.storage.operations();
      String rename =
          operations.stream()
              .filter(each -> each.startsWith("replace") && each.endsWith("/a.parquet"))
              .findFirst()
              .orElseThrow();
      return operations.indexOf(rename);
    }
  }
}
