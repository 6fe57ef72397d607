package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StorageLock;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagingOwnerTest {
  private static final int AREAS = 300;

  private final LocalStorage storage = new LocalStorage();
  @TempDir private Path temporary;
  private StoragePath target = new StoragePath("/");

  @BeforeEach
  void nameTarget() throws IOException {
    target = new StoragePath(temporary.toRealPath().toString());
  }

  @Test
  void onlyAreasThatNobodyOwnsAreSwept() throws IOException {
    try (StagingArea area = StagingArea.create(storage, DatasetHome.inside(target))) {
      assertThat(StagingOwner.sweep(storage, area.directory())).isFalse();
      assertThat(Path.of(area.directory().text())).exists();
    }
    StoragePath dead = dead();
    try (StorageLock owner = StagingOwner.own(storage, dead).orElseThrow()) {
      assertThat(StagingOwner.sweep(storage, owner.path().parent())).isFalse();
    }
    assertThat(StagingOwner.sweep(storage, dead)).isTrue();
    assertThat(Path.of(dead.text())).doesNotExist();
    assertThat(StagingOwner.sweep(storage, dead)).isFalse();
  }

  @Test
  void whatCanBeResumedIsSweptOnlyIfThatIsWanted() throws IOException {
    StoragePath dead = dead();
    Files.writeString(Path.of(FinishedFiles.log(dead).text()), "");
    assertThat(StagingOwner.sweepUnlessResumable(storage, dead)).isFalse();
    assertThat(StagingOwner.resumable(storage, target)).containsExactly(dead);
    assertThat(StagingOwner.sweep(storage, dead)).isTrue();
  }

  @Test
  void linksAreNotResumed() throws IOException {
    StoragePath dead = dead();
    Files.writeString(Path.of(FinishedFiles.log(dead).text()), "");
    Files.createSymbolicLink(
        Path.of(dead.parent().resolve(UUID.randomUUID().toString()).text()), Path.of(dead.text()));
    assertThat(StagingOwner.resumable(storage, target)).containsExactly(dead);
  }

  @Test
  void areasAreMadeAndLiveWhileOthersSweep() throws Exception {
    DatasetHome home = DatasetHome.inside(target);
    Files.createDirectories(Path.of(home.directory().text()));
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> sweepers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        sweepers.add(
            threads.submit(
                () -> {
                  while (!over.get()) {
                    sweepAll(home);
                  }
                  return over;
                }));
      }
      for (int i = 0; i < AREAS; i++) {
        try (StagingArea area = StagingArea.create(storage, home)) {
          area.create("x").close();
          assertThat(Path.of(area.path("x").text())).exists();
        }
        Files.createDirectories(Path.of(home.directory().text()));
      }
      over.set(true);
      for (Future<?> sweeper : sweepers) {
        sweeper.get();
      }
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
  }

  private void sweepAll(DatasetHome home) throws IOException {
    Path directory = Path.of(home.directory().text());
    String[] names = directory.toFile().list();
    if (names != null) {
      for (String name : names) {
        boolean swept = StagingOwner.sweep(storage, home.directory().resolve(name));
        assertThat(swept && Files.exists(directory.resolve(name))).isFalse();
      }
    }
  }

  private StoragePath dead() throws IOException {
    StoragePath area = DatasetHome.inside(target).staging(UUID.randomUUID().toString());
    Files.createDirectories(Path.of(area.text()));
    Files.writeString(Path.of(area.resolve("x.staged").text()), "");
    return area;
  }
}
