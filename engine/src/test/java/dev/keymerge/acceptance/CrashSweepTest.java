package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.storage.CrashMoment;
import dev.keymerge.internal.storage.CrashStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets the power fail, or the process be killed, at every operation of a merge or undo, keeps and
 * loses what is not safe in many ways, recovers, and lets that crash at every operation as well:
 * what is found in the end is the dataset before or after, and nothing that was promised is lost.
 */
class CrashSweepTest {
  private static final int FEW_MIXES = 3;
  private static final int MANY_MIXES = 40;
  private static final int GO_ON_CHOICES = 6;
  private static final int FEW_SECOND_CRASHES = 8;

  @TempDir private Path temporary;

  @Test
  void whereverItCrashesTheDatasetIsBeforeOrAfter() throws IOException {
    for (CommitScene scene : CommitScene.all(temporary)) {
      new Sweep(scene, FEW_MIXES, FEW_SECOND_CRASHES, 1).run();
    }
  }

  @Test
  @Tag("slow")
  void whereverItCrashesAgainAndAgainTheDatasetIsBeforeOrAfter() throws IOException {
    for (CommitScene scene : CommitScene.all(temporary)) {
      for (int seed = 1; seed <= 3; seed++) {
        new Sweep(scene, MANY_MIXES, Integer.MAX_VALUE, seed).run();
      }
    }
  }

  /** Says whether a further crash can change what a recovery will come to. */
  private enum Certainty {
    /** All that is there is safe. */
    SETTLED,
    /** The journal may be seen and still get lost, until a recovery has ended. */
    OPEN
  }

  /** Tries every crash of one scene. */
  private static final class Sweep {
    private final CommitScene scene;
    private final int mixes;
    private final int secondCrashes;
    private final Random random;
    private final DatasetImage before;
    private final List<String> placesBefore;
    private DatasetImage after;
    private List<String> placesAfter;
    // What recovery makes of a disk that a loss of power left.
    private final Map<String, DatasetImage> settled = new HashMap<>();

    Sweep(CommitScene scene, int mixes, int secondCrashes, long seed) {
      this.scene = scene;
      this.mixes = mixes;
      this.secondCrashes = secondCrashes;
      this.random = new Random(seed);
      before = scene.image(scene.start());
      placesBefore = scene.placesBefore();
      after = before;
      placesAfter = placesBefore;
    }

    void run() {
      CrashStorage storage = scene.fresh();
      storage.record();
      scene.run(storage);
      List<CrashMoment> moments = storage.moments();
      after = scene.image(storage);
      assertThat(after).isNotEqualTo(before);
      // A recovery also takes away what is merely empty.
      scene.recover(storage);
      placesAfter = scene.places(storage);
      for (CrashMoment moment : moments) {
        crash(moment);
      }
      // The merge has said that it is done: from then on no crash takes it back.
      for (CrashStorage left : moments.get(moments.size() - 1).survivors(random, mixes)) {
        assertThat(scene.image(left)).as("%s: after its end", scene).isEqualTo(after);
      }
    }

    private void crash(CrashMoment moment) {
      String story = scene + ": crash " + moment;
      List<CrashStorage> left = new ArrayList<>(moment.survivors(random, mixes));
      for (CrashStorage survivor : left) {
        if (!settled.containsKey(survivor.signature())) {
          goOn(survivor.rebooted(), story);
          recover(survivor, story, Certainty.SETTLED);
        }
      }
      goOn(moment.killed(), story + " by a kill");
      recover(moment.killed(), story + " by a kill", Certainty.OPEN);
    }

    /** Merges again at once, now and then with the wish to resume. */
    private void goOn(CrashStorage left, String story) {
      if (!scene.isMerge() || random.nextInt(GO_ON_CHOICES) != 0) {
        return;
      }
      boolean resume = random.nextBoolean();
      if (resume) {
        scene.resume(left);
      } else {
        scene.run(left);
      }
      assertThat(scene.image(left)).as("%s, %s again", story, resume).isEqualTo(after);
      scene.recover(left);
      assertThat(scene.places(left)).as("%s, %s again", story, resume).isEqualTo(placesAfter);
    }

    /** Recovers, with crashes in between. */
    private void recover(CrashStorage left, String story, Certainty certainty) {
      assertThat(scene.image(left).isMadeOf(before, after)).as("%s: a reader", story).isTrue();
      String signature = left.signature();
      left.record();
      scene.recover(left);
      DatasetImage found = check(left, story);
      if (certainty == Certainty.SETTLED) {
        settled.put(signature, found);
      }
      List<CrashMoment> moments = left.moments();
      CrashMoment end = moments.get(moments.size() - 1);
      for (CrashStorage survivor : end.survivors(random, mixes)) {
        assertThat(scene.image(survivor)).as("%s: after a recovery's end", story).isEqualTo(found);
      }
      for (CrashMoment again : sample(moments)) {
        String longer = story + ", recovery crashed " + again;
        for (CrashStorage survivor : again.survivors(random, mixes)) {
          DatasetImage known = settled.get(survivor.signature());
          if (known == null) {
            assertThat(scene.image(survivor).isMadeOf(before, after)).as(longer).isTrue();
            String leftAgain = survivor.signature();
            scene.recover(survivor);
            known = check(survivor, longer);
            settled.put(leftAgain, known);
          }
          if (certainty == Certainty.SETTLED) {
            assertThat(known).as(longer).isEqualTo(found);
          }
        }
        CrashStorage killed = again.killed();
        scene.recover(killed);
        assertThat(check(killed, longer + " by a kill")).as(longer).isEqualTo(found);
      }
    }

    private List<CrashMoment> sample(List<CrashMoment> moments) {
      if (moments.size() <= secondCrashes) {
        return moments;
      }
      List<CrashMoment> some = new ArrayList<>();
      for (int i = 0; i < secondCrashes; i++) {
        some.add(moments.get(random.nextInt(moments.size())));
      }
      return some;
    }

    private DatasetImage check(CrashStorage recovered, String story) {
      DatasetImage found = scene.image(recovered);
      boolean done = found.equals(after);
      List<String> places = done ? placesAfter : placesBefore;
      if (!done) {
        assertThat(found).as(story).isEqualTo(before);
      }
      if (!scene.places(recovered).equals(places)) {
        // A lock in a directory that came back with its name is met by the next command only.
        scene.recover(recovered);
        assertThat(scene.image(recovered)).as(story).isEqualTo(found);
        assertThat(scene.places(recovered)).as(story).isEqualTo(places);
      }
      return found;
    }
  }
}
