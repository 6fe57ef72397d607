package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.cli.KillScene.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the real program in the middle of merges, each in a process of its own, looks at what is
 * left with DuckDB, and compares with the reference merge: after recovery the dataset is the one
 * before or the one after, and the same merge then succeeds.
 *
 * <p>Most rounds wait until staged files, or the journal, can be seen, and kill a moment later.
 * {@code -Dkeymerge.seed=S} starts elsewhere, {@code -Dkeymerge.rounds=N} kills more often.
 */
class KillRoundsTest {
  private static final long SEED = Long.getLong("keymerge.seed", 1);
  private static final int ROUNDS = Integer.getInteger("keymerge.rounds", 100);
  private static final int MANY_ROUNDS = 2_000;
  private static final long POLL_NANOS = 100_000;
  private static final int CHOICES = 8;
  private static final int MEMORY_BYTES = 64 << 20;
  private static final List<String> KEEPING = List.of("--keep-previous", "1h");

  @TempDir private Path directory;

  private KillScene scene = new KillScene(Path.of(""));
  private KillableProgram program = new KillableProgram(List.of());
  private long usualMillis;

  /** Says what is seen of a merge at the moment when it is killed. */
  private enum Seen {
    NOTHING,
    STAGING,
    DRAFT,
    JOURNAL,
    OVER
  }

  @BeforeEach
  void prepare() throws Exception {
    scene = new KillScene(directory.toRealPath());
    scene.write();
    scene.reset();
    Path place = Files.createDirectory(directory.resolve("program"));
    program = KillableProgram.prepare(place, scene.mergeWords(Way.UPSERT, KEEPING));
    scene.reset();
    long start = System.nanoTime();
    assertThat(program.run(directory, scene.mergeWords(Way.UPSERT, List.of()))).as(said()).isZero();
    usualMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertThat(scene.found()).isEqualTo(scene.after(Way.UPSERT));
  }

  @Test
  void killedAtAnyInstantAMergeIsDoneOrNotDone() throws Exception {
    rounds(ROUNDS);
  }

  @Test
  @Tag("slow")
  void killedThousandsOfTimesAMergeIsDoneOrNotDone() throws Exception {
    rounds(MANY_ROUNDS);
  }

  private void rounds(int count) throws Exception {
    Map<Seen, Integer> seen = new EnumMap<>(Seen.class);
    int done = 0;
    for (int number = 0; number < count; number++) {
      Round round = new Round(number, Way.values()[number % Way.values().length]);
      seen.merge(round.kill(), 1, Integer::sum);
      done += round.recover() ? 1 : 0;
      round.again();
    }
    System.out.printf("%d rounds: killed at %s; %d merges done%n", count, seen, done);
    assertThat(seen.getOrDefault(Seen.STAGING, 0)).as("%s", seen).isGreaterThan(count / 20);
    assertThat(seen.getOrDefault(Seen.JOURNAL, 0) + seen.getOrDefault(Seen.DRAFT, 0))
        .as("%s", seen)
        .isGreaterThan(count / 50);
    assertThat(done).isBetween(1, count - 1);
  }

  private String said() throws IOException {
    Path file = directory.resolve("said.txt");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  /** Kills one merge and settles it. */
  private final class Round {
    private final Way way;
    private final Random random;
    private final List<String> options;
    private String story;

    Round(int number, Way way) {
      this.way = way;
      this.random = new Random(SEED * 1_000_003 + number);
      this.options = random.nextBoolean() ? KEEPING : List.of();
      this.story = "round " + number + " (" + way + " " + options + ")";
    }

    /** Starts the merge, kills it, and returns how far it was. */
    Seen kill() throws Exception {
      scene.reset();
      Process process = program.start(directory, scene.mergeWords(way, options));
      int choice = random.nextInt(10);
      if (choice < 2) {
        pause(random.nextInt((int) usualMillis * 1_000 + 1));
      } else if (choice < 5) {
        await(process, Seen.STAGING);
        pause(random.nextInt(20_000));
      } else if (choice < 7) {
        await(process, Seen.DRAFT);
        pause(random.nextInt(3_000));
      } else {
        await(process, Seen.JOURNAL);
        pause(random.nextInt(3_000));
      }
      process.destroyForcibly();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      Seen seen = process.exitValue() == 0 ? Seen.OVER : look();
      story += " killed at " + seen + " (exit code " + process.exitValue() + ")";
      return seen;
    }

    private void await(Process process, Seen wanted) {
      while (process.isAlive() && look().compareTo(wanted) < 0) {
        LockSupport.parkNanos(POLL_NANOS);
      }
    }

    private Seen look() {
      if (Files.exists(scene.home().resolve("journal"))) {
        return Seen.JOURNAL;
      } else if (Files.exists(scene.home().resolve("journal.tmp"))) {
        return Seen.DRAFT;
      }
      String[] names = scene.home().toFile().list();
      boolean staging =
          names != null && Stream.of(names).anyMatch(name -> name.length() > "previous".length());
      return staging ? Seen.STAGING : Seen.NOTHING;
    }

    private void pause(int micros) throws InterruptedException {
      TimeUnit.MICROSECONDS.sleep(micros);
    }

    /** Recovers, by the command or in this process, and returns whether the merge is done. */
    boolean recover() throws Exception {
      // Nothing but whole files of the dataset is found where readers look, even now.
      assertThat(scene.dataFiles())
          .as(story)
          .allMatch(file -> file.toString().endsWith(".parquet"));
      scene.found();
      int choice = random.nextInt(CHOICES);
      if (choice == 0) {
        recoverTwiceAtOnce();
      } else if (choice == 1) {
        assertThat(program.run(directory, List.of("recover", scene.target().toString())))
            .as(story + said())
            .isZero();
      } else {
        try (MergeEngine engine = engine()) {
          engine.recover(scene.target());
        }
      }
      List<String> found = scene.found();
      boolean done = found.equals(scene.after(way));
      if (!done) {
        assertThat(found).as(story).isEqualTo(scene.before());
      }
      scene.assertTidy(story);
      return done;
    }

    /** Two at once do no harm; one of them may find the dataset locked. */
    private void recoverTwiceAtOnce() throws Exception {
      ExecutorService threads = Executors.newFixedThreadPool(2);
      try {
        Callable<Boolean> recovery =
            () -> {
              try (MergeEngine engine = engine()) {
                engine.recover(scene.target());
                return true;
              } catch (MergeException.Conflict locked) {
                return false;
              }
            };
        Future<Boolean> first = threads.submit(recovery);
        Future<Boolean> second = threads.submit(recovery);
        assertThat(List.of(first.get(), second.get())).as(story).contains(true);
      } finally {
        threads.shutdownNow();
      }
    }

    /** Merges again, which must lead to the state after. */
    void again() throws Exception {
      if (random.nextInt(CHOICES) == 0) {
        List<String> resuming = new ArrayList<>(options);
        resuming.add("--resume");
        assertThat(program.run(directory, scene.mergeWords(way, resuming)))
            .as(story + said())
            .isZero();
      } else {
        try (MergeEngine engine = engine()) {
          engine.merge(scene.request(way));
        }
      }
      assertThat(scene.found()).as(story).isEqualTo(scene.after(way));
      scene.assertTidy(story);
    }

    private MergeEngine engine() {
      MemoryLimits limits = MemoryLimits.ofBytes(MEMORY_BYTES);
      return MergeEngine.builder().memoryLimits(limits).threads(1).build();
    }
  }
}
