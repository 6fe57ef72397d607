package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.cli.KillScene.Seen;
import dev.keymerge.cli.KillScene.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Kills the program while it changes a dataset, once or twice, and holds what is left to the
 * promises: the dataset before or after, and the next command gets it right. One thread.
 */
final class KillRound {
  private static final long POLL_NANOS = 100_000;
  private static final int CHOICES = 8;
  private static final int MEMORY_BYTES = 64 << 20;
  private static final Duration KEPT = Duration.ofHours(1);
  private static final List<String> KEEPING = List.of("--keep-previous", "1h");
  private static final Pattern RESUMED = Pattern.compile("\"files_resumed\" : (\\d+)");

  /** Names what is killed, and what then settles it. */
  enum Course {
    /** A merge; a recovery settles it, and the merge is done again. */
    MERGE,
    /** A merge; the same merge settles it that takes up what is finished. */
    RESUME,
    /** The taking back of a merge; a recovery settles it. */
    UNDO,
    /** A merge, and then its recovery; another recovery settles it. */
    RECOVER
  }

  /**
   * Holds what all rounds share.
   *
   * @param program what is killed
   * @param directory where it is started
   * @param usualMillis how long a merge takes that nobody kills
   */
  record Means(KillableProgram program, Path directory, long usualMillis) {}

  /**
   * Tells what a round was.
   *
   * @param seen how far the change was that was killed last
   * @param done whether it turned out to be done
   * @param filesResumed files that were taken up from a killed merge
   */
  record Report(Seen seen, boolean done, int filesResumed) {}

  private final Course course;
  private final Way way;
  private final KillScene scene;
  private final Means means;
  private final Random random;
  private final boolean keeping;
  private String story;

  KillRound(Course course, KillScene scene, Means means, Random random) {
    this.course = course;
    this.way = Way.values()[random.nextInt(Way.values().length)];
    this.scene = scene;
    this.means = means;
    this.random = random;
    this.keeping = random.nextBoolean();
    this.story =
        course + " of " + way + " into " + scene.shape() + (keeping ? " keeping what was" : "");
  }

  /** Plays the round. */
  Report play() throws Exception {
    scene.reset();
    Report report =
        switch (course) {
          case MERGE -> merge();
          case RESUME -> resume();
          case UNDO -> undo();
          case RECOVER -> recover();
        };
    scene.assertTidy(story);
    return report;
  }

  private Report merge() throws Exception {
    Seen seen = killMerge(List.of());
    if (random.nextInt(CHOICES) == 0) {
      recoverTwiceAtOnce();
    } else {
      recoverHere();
    }
    boolean done = settled(scene.before(), scene.after(way));
    mergeHere();
    takeBack();
    return new Report(seen, done, 0);
  }

  private Report resume() throws Exception {
    Seen seen = killMerge(List.of());
    if (random.nextInt(CHOICES) == 0) {
      seen = killMerge(List.of("--resume"));
    }
    boolean done = seen == Seen.JOURNAL || seen == Seen.OVER;
    int resumed;
    if (random.nextInt(CHOICES) < 3) {
      List<String> words = words(List.of("--resume", "--json"));
      assertThat(means.program.run(means.directory, words)).as(story + said()).isZero();
      Matcher matcher = RESUMED.matcher(said());
      assertThat(matcher.find()).as(story + said()).isTrue();
      resumed = Integer.parseInt(matcher.group(1));
    } else {
      resumed =
          here(engine -> engine.merge(scene.request(way).keepPrevious(kept()).resume().build()))
              .filesResumed();
    }
    assertThat(scene.found()).as(story).isEqualTo(scene.after(way));
    takeBack();
    return new Report(seen, done, resumed);
  }

  private Report undo() throws Exception {
    here(engine -> engine.merge(scene.request(way).keepPrevious(KEPT).build()));
    assertThat(scene.found()).as(story).isEqualTo(scene.after(way));
    Process process = start(List.of("undo", scene.target().toString()));
    int choice = random.nextInt(10);
    if (choice < 3) {
      await(process, () -> scene.locked(process.pid()));
      pause(random.nextInt(20_000));
    } else if (choice < 6) {
      await(process, () -> scene.look() == Seen.DRAFT || scene.look() == Seen.JOURNAL);
    } else {
      await(process, () -> scene.look() == Seen.JOURNAL);
      pause(random.nextInt(2_000));
    }
    Seen seen = kill(process);
    recoverHere();
    boolean done = settled(scene.after(way), scene.before());
    if (!done) {
      here(engine -> engine.undo(scene.target()));
      assertThat(scene.found()).as(story).isEqualTo(scene.before());
    }
    return new Report(seen, done, 0);
  }

  private Report recover() throws Exception {
    Process merge = start(words(List.of()));
    await(merge, () -> scene.look() == Seen.JOURNAL);
    Seen seen = kill(merge);
    Process process = start(List.of("recover", scene.target().toString()));
    await(process, () -> scene.locked(process.pid()));
    pause(random.nextInt(5_000));
    Seen then = kill(process);
    if (random.nextInt(CHOICES) == 0) {
      List<String> words = List.of("recover", scene.target().toString());
      assertThat(means.program.run(means.directory, words)).as(story + said()).isZero();
    } else {
      recoverHere();
    }
    boolean done = settled(scene.before(), scene.after(way));
    assertThat(done).as(story).isTrue();
    return new Report(seen == Seen.OVER ? seen : then, done, 0);
  }

  private List<String> words(List<String> more) {
    List<String> options = new ArrayList<>(keeping ? KEEPING : List.of());
    options.addAll(more);
    return scene.mergeWords(way, options);
  }

  private Duration kept() {
    return keeping ? KEPT : Duration.ZERO;
  }

  /** Starts the merge, kills it, and returns how far it was. */
  private Seen killMerge(List<String> more) throws Exception {
    Process process = start(words(more));
    int choice = random.nextInt(10);
    if (choice < 2) {
      pause(random.nextInt((int) means.usualMillis * 1_000 + 1));
    } else if (choice < 4) {
      await(process, () -> scene.look().compareTo(Seen.STAGING) >= 0);
      pause(random.nextInt(20_000));
    } else if (choice < 7 || course == Course.RESUME) {
      await(process, () -> scene.look().compareTo(Seen.FINISHED) >= 0);
      pause(random.nextInt(course == Course.RESUME ? 2_000 : 10_000));
    } else if (choice < 8) {
      await(process, () -> scene.look().compareTo(Seen.DRAFT) >= 0);
    } else {
      await(process, () -> scene.look() == Seen.JOURNAL);
      pause(random.nextInt(3_000));
    }
    return kill(process);
  }

  private Process start(List<String> words) throws IOException {
    return means.program.start(means.directory, words);
  }

  private static void await(Process process, BooleanSupplier moment) {
    while (process.isAlive() && !moment.getAsBoolean()) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static void pause(int micros) throws InterruptedException {
    TimeUnit.MICROSECONDS.sleep(micros);
  }

  private Seen kill(Process process) throws Exception {
    process.destroyForcibly();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    Seen seen = process.exitValue() == 0 ? Seen.OVER : scene.look();
    story += ", killed at " + seen + " (exit code " + process.exitValue() + ")";
    // Nothing but whole files of the dataset is found where readers look, even now.
    assertThat(scene.dataFiles()).as(story).allMatch(file -> file.toString().endsWith(".parquet"));
    scene.found();
    return seen;
  }

  /** Returns whether the dataset is as after the change; else it must be as before. */
  private boolean settled(List<String> before, List<String> after) throws IOException {
    List<String> found = scene.found();
    boolean done = found.equals(after);
    if (!done) {
      assertThat(found).as(story).isEqualTo(before);
    }
    scene.assertTidy(story);
    return done;
  }

  private void mergeHere() throws IOException {
    here(engine -> engine.merge(scene.request(way).keepPrevious(kept()).build()));
    assertThat(scene.found()).as(story).isEqualTo(scene.after(way));
    scene.assertTidy(story);
  }

  /** Takes the merge back, whoever did it, if what was before is kept. */
  private void takeBack() throws IOException {
    if (keeping) {
      here(engine -> engine.undo(scene.target()));
      assertThat(scene.found()).as(story + ", taken back").isEqualTo(scene.before());
    }
  }

  private void recoverHere() {
    here(engine -> engine.recover(scene.target()));
  }

  /** Two at once do no harm; one of them may find the dataset locked. */
  private void recoverTwiceAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Callable<Boolean> recovery =
          () -> {
            try {
              recoverHere();
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

  /** Does something by an engine of this process. */
  private static <T> T here(Function<MergeEngine, T> action) {
    MemoryLimits limits = MemoryLimits.ofBytes(MEMORY_BYTES);
    try (MergeEngine engine = MergeEngine.builder().memoryLimits(limits).threads(1).build()) {
      return action.apply(engine);
    }
  }

  private String said() throws IOException {
    return Files.readString(KillableProgram.said(means.directory));
  }

  @Override
  public String toString() {
    return story;
  }
}
