package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.CrashStorage;
import dev.keymerge.internal.storage.FaultyStorage;
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
 * <p>Usually each operation fails in one of its ways, another for every scene; the slow test tries
 * all.
 */
class FaultSweepTest {
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
          new Trial(scene, expectation, operation, fault).failingRecovery(left);
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
      FaultyStorage counting = new FaultyStorage(scene.fresh());
      counting.count();
      scene.run(counting);
      List<StorageAct> acts = counting.acts();
      Expectation expectation = new Expectation(scene);
      for (int operation = 0; operation < acts.size(); operation++) {
        for (StorageFault fault : faults(acts.get(operation), operation + number, everyFault)) {
          new Trial(scene, expectation, operation, fault).failingChange();
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
      placesBefore = scene.places(changed);
      scene.run(changed);
      after = scene.image(changed);
      // A recovery also takes away what is merely empty.
      scene.recover(changed);
      placesAfter = scene.places(changed);
      assertThat(after).isNotEqualTo(before);
    }
  }

  /** Fails one operation in one way. */
  private record Trial(
      CommitScene scene, Expectation expectation, int operation, StorageFault fault) {

    void failingChange() {
      CrashStorage storage = scene.fresh();
      FaultyStorage faulty = new FaultyStorage(storage);
      faulty.arm(operation, fault);
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
      faulty.arm(operation, fault);
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
        assertThat(faulty.fired()).as("%s", this).isEqualTo(1);
        return null;
      } catch (MergeException failure) {
        assertThat(faulty.fired()).as("%s: %s", this, failure).isEqualTo(1);
        assertThat(failure)
            .as(story(faulty, failure))
            .isInstanceOfAny(MergeException.InputOutput.class, MergeException.OutcomeUnknown.class);
        assertThat(failure.getMessage() + failure.remedy()).isNotBlank();
        return failure;
      } catch (RuntimeException bug) {
        throw new AssertionError(story(faulty, null), bug);
      } finally {
        faulty.disarm();
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
