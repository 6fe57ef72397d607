package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.CrashStorage;
import dev.keymerge.internal.storage.FaultyStorage;
import dev.keymerge.internal.storage.FaultyStorage.Extent;
import dev.keymerge.internal.storage.StorageAct;
import dev.keymerge.internal.storage.StorageFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fails every operation of merges, undos and recoveries in turn, in every way that it can fail, and
 * demands the dataset before or after, the right one of the two, and no leftovers.
 *
 * <p>Usually each operation fails in one of its ways, another for every scene; the slow tests try
 * all. A disk that is full, or gone, may also stay so until the next command.
 */
class FaultSweepTest {
  private static final int STRIDE = 7;
  private static final int LIMIT = 4;
  private static final int INPUT_OUTPUT = 6;
  private static final int UNKNOWN = 7;

  @TempDir private Path temporary;

  private List<CommitScene> scenes = List.of();

  @BeforeEach
  void setUp() throws IOException {
    scenes = CommitScene.all(temporary);
  }

  @Test
  void whateverFailsTheDatasetIsBeforeOrAfter() {
    sweepAll(false);
  }

  @Test
  @Tag("slow")
  void whateverFailsInWhateverWayTheDatasetIsBeforeOrAfter() {
    sweepAll(true);
  }

  @Test
  void whereverTheDiskIsFullOrGoneFromThenOnTheDatasetIsBeforeOrAfter() {
    sweepToTheEnd(STRIDE);
  }

  @Test
  @Tag("slow")
  void whereverTheDiskIsFullOrGoneForGoodTheDatasetIsBeforeOrAfter() {
    sweepToTheEnd(1);
  }

  private void sweepToTheEnd(int stride) {
    for (int number = 0; number < scenes.size(); number++) {
      CommitScene scene = scenes.get(number);
      List<StorageAct> acts = acts(scene);
      Expectation expectation = new Expectation(scene);
      for (int operation = number % stride; operation < acts.size(); operation += stride) {
        for (StorageFault fault : List.of(StorageFault.NO_SPACE, StorageFault.INPUT_OUTPUT)) {
          if (fault.fits(acts.get(operation))) {
            new Trial(scene, expectation, operation, fault, Extent.ALL_FROM_THERE).failingChange();
          }
        }
      }
    }
  }

  private static List<StorageAct> acts(CommitScene scene) {
    FaultyStorage counting = new FaultyStorage(scene.fresh());
    counting.count();
    scene.run(counting);
    return counting.acts();
  }

  @Test
  void whateverFailsInARecoveryTheNextOneCompletesIt() {
    for (CommitScene scene : scenes) {
      CrashStorage recorded = scene.fresh();
      recorded.record();
      scene.run(recorded);
      Expectation expectation = new Expectation(scene);
      for (CrashStorage left : committed(scene, recorded, expectation)) {
        FaultyStorage counting = new FaultyStorage(left.rebooted());
        counting.count();
        scene.recover(counting);
        List<StorageAct> acts = counting.acts();
        for (int operation = 0; operation < acts.size(); operation++) {
          StorageFault fault = faults(acts.get(operation), operation, false).get(0);
          new Trial(scene, expectation, operation, fault, Extent.ONE).failingRecovery(left);
        }
      }
    }
  }

  /**
   * Returns what a killed change leaves right after its commit, and half-way through publishing.
   */
  private static List<CrashStorage> committed(
      CommitScene scene, CrashStorage recorded, Expectation expectation) {
    List<CrashStorage> left = new ArrayList<>();
    recorded.moments().stream()
        .filter(
            moment -> {
              CrashStorage again = moment.killed();
              boolean journal = again.paths().stream().anyMatch(path -> path.endsWith("/journal"));
              return journal && !scene.image(again).equals(expectation.after);
            })
        .forEach(moment -> left.add(moment.killed()));
    return left.isEmpty() ? left : List.of(left.get(0), left.get(left.size() - 1));
  }

  private void sweepAll(boolean everyFault) {
    int fired = 0;
    for (int number = 0; number < scenes.size(); number++) {
      CommitScene scene = scenes.get(number);
      List<StorageAct> acts = acts(scene);
      Expectation expectation = new Expectation(scene);
      for (int operation = 0; operation < acts.size(); operation++) {
        for (StorageFault fault : faults(acts.get(operation), operation + number, everyFault)) {
          new Trial(scene, expectation, operation, fault, Extent.ONE).failingChange();
          fired++;
        }
      }
    }
    assertThat(fired).isGreaterThan(scenes.size() * 20);
  }

  /** Returns the ways in which an operation is made to fail. */
  private static List<StorageFault> faults(StorageAct act, int choice, boolean every) {
    List<StorageFault> faults =
        Arrays.stream(StorageFault.values()).filter(fault -> fault.fits(act)).toList();
    return every || faults.isEmpty() ? faults : List.of(faults.get(choice % faults.size()));
  }

  /** Holds what a change leads to if nothing fails. */
  private static final class Expectation {
    final DatasetImage before;
    final DatasetImage after;
    final List<String> placesBefore;
    final List<String> placesAfter;

    Expectation(CommitScene scene) {
      CrashStorage changed = scene.fresh();
      before = scene.image(changed);
      placesBefore = scene.placesBefore();
      scene.run(changed);
      after = scene.image(changed);
      // A recovery also takes away what is merely empty.
      scene.recover(changed);
      placesAfter = scene.places(changed);
      assertThat(after).isNotEqualTo(before);
    }
  }

  /** Fails one operation in one way, or all that can fail so from there on. */
  private record Trial(
      CommitScene scene,
      Expectation expectation,
      int operation,
      StorageFault fault,
      Extent extent) {

    void failingChange() {
      CrashStorage storage = scene.fresh();
      FaultyStorage faulty = new FaultyStorage(storage);
      faulty.arm(operation, fault, extent);
      MergeException failure = attempt(() -> scene.run(faulty), faulty);
      DatasetImage image = scene.image(storage);
      String story = story(faulty, failure);
      assertThat(image.isMadeOf(expectation.before, expectation.after)).as(story).isTrue();
      if (failure == null) {
        assertThat(image).as(story).isEqualTo(expectation.after);
      } else if (!(failure instanceof MergeException.OutcomeUnknown)) {
        assertThat(image).as(story).isEqualTo(expectation.before);
      }
      scene.recover(storage);
      DatasetImage settled = scene.image(storage);
      if (failure == null || settled.equals(expectation.after)) {
        assertThat(settled).as(story).isEqualTo(expectation.after);
        assertThat(scene.places(storage)).as(story).isEqualTo(expectation.placesAfter);
      } else {
        assertThat(settled).as(story).isEqualTo(expectation.before);
        assertThat(scene.places(storage)).as(story).isEqualTo(expectation.placesBefore);
      }
      if (failure != null && !(failure instanceof MergeException.OutcomeUnknown)) {
        assertThat(settled).as(story).isEqualTo(expectation.before);
      }
    }

    void failingRecovery(CrashStorage left) {
      CrashStorage storage = left.rebooted();
      FaultyStorage faulty = new FaultyStorage(storage);
      faulty.arm(operation, fault, extent);
      MergeException failure = attempt(() -> scene.recover(faulty), faulty);
      String story = "recovery, " + story(faulty, failure);
      DatasetImage image = scene.image(storage);
      assertThat(image.isMadeOf(expectation.before, expectation.after)).as(story).isTrue();
      if (failure == null) {
        assertThat(image).as(story).isEqualTo(expectation.after);
      }
      scene.recover(storage);
      assertThat(scene.image(storage)).as(story).isEqualTo(expectation.after);
      assertThat(scene.places(storage)).as(story).isEqualTo(expectation.placesAfter);
    }

    private @Nullable MergeException attempt(Runnable action, FaultyStorage faulty) {
      try {
        action.run();
        checkFired(faulty, null);
        return null;
      } catch (MergeException failure) {
        checkFired(faulty, failure);
        assertThat(failure.exitCode())
            .as(story(faulty, failure))
            .isEqualTo(exitCode(faulty, failure));
        assertThat(failure.getMessage() + failure.remedy()).isNotBlank();
        return failure;
      } catch (RuntimeException bug) {
        throw new AssertionError(story(faulty, null), bug);
      } finally {
        faulty.disarm();
      }
    }

    /** Returns what the program must end with. */
    private int exitCode(FaultyStorage faulty, MergeException failure) {
      List<String> operations = faulty.operations();
      boolean full = fault == StorageFault.NO_SPACE || fault == StorageFault.SHORT_WRITE;
      // Where everything fails from there on, the first that fails need not end it.
      int last = extent == Extent.ONE ? operation + 1 : operations.size();
      boolean spills =
          operations.subList(operation, last).stream().anyMatch(text -> text.contains("/spill-"));
      if (failure instanceof MergeException.OutcomeUnknown) {
        return UNKNOWN;
      }
      boolean limit = extent == Extent.ONE || failure instanceof MergeException.LimitExceeded;
      return limit && full && spills ? LIMIT : INPUT_OUTPUT;
    }

    private void checkFired(FaultyStorage faulty, @Nullable MergeException failure) {
      if (extent == Extent.ONE) {
        assertThat(faulty.fired()).as(story(faulty, failure)).isEqualTo(1);
      } else {
        assertThat(faulty.fired()).as(story(faulty, failure)).isPositive();
      }
    }

    private String story(FaultyStorage faulty, @Nullable MergeException failure) {
      List<String> operations = faulty.operations();
      return scene
          + ": "
          + fault
          + " at "
          + operation
          + " ("
          + (operation < operations.size() ? operations.get(operation) : "never reached")
          + ") gives "
          + failure;
    }
  }
}
