package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.cli.KillRound.Course;
import dev.keymerge.cli.KillRound.Means;
import dev.keymerge.cli.KillRound.Report;
import dev.keymerge.cli.KillScene.Seen;
import dev.keymerge.cli.KillScene.Shape;
import dev.keymerge.cli.KillScene.Way;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the real program in the middle of merges, undos and recoveries, each in a process of its
 * own, looks at what is left with DuckDB, and compares with the reference merge: the dataset is the
 * one before or the one after once it is settled, and what comes next succeeds.
 *
 * <p>Most rounds wait until staged files, or the journal, can be seen, and kill a moment later.
 * {@code -Dkeymerge.seed=S} starts elsewhere, {@code -Dkeymerge.rounds=N} kills more often.
 */
class KillRoundsTest {
  private static final long SEED = Long.getLong("keymerge.seed", 1);
  private static final int ROUNDS = Integer.getInteger("keymerge.rounds", 100);
  private static final int MANY_ROUNDS = Integer.getInteger("keymerge.rounds", 2_000);
  private static final int TOLD_ROUNDS = 100;
  private static final List<Course> COURSES =
      List.of(Course.MERGE, Course.RESUME, Course.MERGE, Course.UNDO, Course.MERGE, Course.RECOVER);

  @TempDir private Path directory;

  private KillScene files = new KillScene(Path.of(""), Shape.DIRECTORY);
  private KillScene oneFile = new KillScene(Path.of(""), Shape.ONE_FILE);
  private Means means = new Means(new KillableProgram(List.of()), Path.of(""), 0);

  @BeforeEach
  void prepare() throws Exception {
    Path real = directory.toRealPath();
    files = new KillScene(real, Shape.DIRECTORY);
    oneFile = new KillScene(real, Shape.ONE_FILE);
    files.write();
    oneFile.write();
    files.reset();
    Path place = Files.createDirectory(real.resolve("program"));
    List<String> keeping = List.of("--keep-previous", "1h");
    KillableProgram program = KillableProgram.prepare(place, files.mergeWords(Way.UPSERT, keeping));
    files.reset();
    long start = System.nanoTime();
    assertThat(program.run(real, files.mergeWords(Way.UPSERT, List.of())))
        .as(Files.readString(KillableProgram.said(real)))
        .isZero();
    long usualMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertThat(files.found()).isEqualTo(files.after(Way.UPSERT));
    means = new Means(program, real, usualMillis);
  }

  @Test
  void killedAtAnyInstantAChangeIsDoneOrNotDone() throws Exception {
    rounds(ROUNDS);
  }

  @Test
  @Tag("slow")
  void killedThousandsOfTimesAChangeIsDoneOrNotDone() throws Exception {
    rounds(MANY_ROUNDS);
  }

  private void rounds(int count) throws Exception {
    Map<Course, Tally> tallies = new EnumMap<>(Course.class);
    for (Course course : Course.values()) {
      tallies.put(course, new Tally());
    }
    for (int number = 0; number < count; number++) {
      Random random = new Random(SEED * 1_000_003 + number);
      KillScene scene = random.nextInt(3) == 0 ? oneFile : files;
      Course course = COURSES.get(number % COURSES.size());
      KillRound round = new KillRound(course, scene, means, random);
      try {
        tallies.get(course).add(round.play());
      } catch (Exception | AssertionError failure) {
        throw new AssertionError("Round " + number + " of seed " + SEED + ": " + round, failure);
      }
      if ((number + 1) % TOLD_ROUNDS == 0 || number == count - 1) {
        System.out.printf("%d rounds: %s%n", number + 1, tallies);
      }
    }
    Tally merges = tallies.get(Course.MERGE);
    assertThat(merges.at(Seen.STAGING) + merges.at(Seen.FINISHED))
        .as("%s", tallies)
        .isGreaterThan(merges.rounds() / 10);
    assertThat(merges.at(Seen.DRAFT) + merges.at(Seen.JOURNAL))
        .as("%s", tallies)
        .isGreaterThan(merges.rounds() / 25);
    assertThat(merges.done).as("%s", tallies).isBetween(1, merges.rounds() - 1);
    assertThat(tallies.get(Course.RESUME).filesResumed).as("%s", tallies).isPositive();
    assertThat(tallies.get(Course.UNDO).at(Seen.JOURNAL)).as("%s", tallies).isPositive();
    assertThat(tallies.get(Course.RECOVER).at(Seen.JOURNAL)).as("%s", tallies).isPositive();
  }

  /** Counts how the rounds of one course went. */
  private static final class Tally {
    private final Map<Seen, Integer> seen = new EnumMap<>(Seen.class);
    private int done;
    private int filesResumed;

    void add(Report report) {
      seen.merge(report.seen(), 1, Integer::sum);
      done += report.done() ? 1 : 0;
      filesResumed += report.filesResumed();
    }

    int at(Seen moment) {
      return seen.getOrDefault(moment, 0);
    }

    int rounds() {
      return seen.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public String toString() {
      return "killed at " + seen + ", " + done + " done, " + filesResumed + " files resumed";
    }
  }
}
