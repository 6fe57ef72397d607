package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.storage.CrashStorage;
import dev.keymerge.internal.storage.FaultyStorage;
import dev.keymerge.internal.storage.StorageAct;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cancels merges at their operations one after the other: up to the commit point the dataset is as
 * it was and nothing is left, but for what a merge that resumes shall find, and hardly anything is
 * read or written any more; from there on the merge is done.
 */
class CancelSweepTest {
  private static final int STRIDE = 2;

  /** A safe point is never further away than the rest of a small file. */
  private static final int MOST_WORK_AFTERWARDS = 16;

  private static final Set<StorageAct> WORK = EnumSet.of(StorageAct.READ, StorageAct.WRITE);

  @TempDir private Path temporary;

  @Test
  void whereverItIsCancelledTheDatasetIsAsItWasOrDone() throws IOException {
    List<CommitScene> scenes = CommitScene.all(temporary);
    for (int number = 0; number < scenes.size(); number++) {
      if (scenes.get(number).isMerge()) {
        sweep(scenes.get(number), number % STRIDE);
      }
    }
  }

  private static void sweep(CommitScene scene, int first) {
    FaultyStorage counting = new FaultyStorage(scene.fresh());
    counting.count();
    scene.run(counting);
    int operations = counting.acts().size();
    DatasetImage before = scene.image(scene.fresh());
    List<String> placesBefore = scene.placesBefore();
    CrashStorage merged = scene.fresh();
    scene.run(merged);
    DatasetImage after = scene.image(merged);
    int cancelled = 0;
    int done = 0;
    for (int operation = first; operation < operations; operation += STRIDE) {
      CrashStorage storage = scene.fresh();
      FaultyStorage watched = new FaultyStorage(storage);
      boolean well = scene.mergeCancelledAt(watched, operation);
      List<String> rest = watched.operations();
      String story =
          scene + " cancelled at " + operation + ": " + rest.subList(operation, rest.size());
      assertThat(scene.image(storage)).as(story).isEqualTo(well ? after : before);
      if (well) {
        done++;
      } else {
        cancelled++;
        List<StorageAct> acts = watched.acts();
        assertThat(acts.subList(operation + 1, acts.size()).stream().filter(WORK::contains))
            .as(story)
            .hasSizeLessThanOrEqualTo(MOST_WORK_AFTERWARDS);
        if (scene.leavesPrivateThings()) {
          scene.recover(storage);
        }
        assertThat(scene.places(storage)).as(story).isEqualTo(placesBefore);
      }
    }
    assertThat(cancelled).as("%s", scene).isPositive();
    assertThat(done).as("%s", scene).isPositive();
  }
}
