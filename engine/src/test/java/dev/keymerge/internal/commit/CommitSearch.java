package dev.keymerge.internal.commit;

import dev.keymerge.internal.commit.CommitModel.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Visits every state that a merge, two recoveries, a reader, kills and losses of power can bring
 * about together, and stops at the first one that must not be.
 *
 * <p>A recovery runs only when the merge is over, as the lock has it; two of them may run at once
 * all the same. The reader lists the target at any moment, and opens one of the files that it saw
 * at any later one. The search visits states nearest first, so that the story that it tells of a
 * broken rule is a shortest one. Runs once; not thread-safe.
 */
final class CommitSearch {
  private final CommitModel model;
  // Every state that was met, with the one that it was first reached from and how.
  private final Map<State, Origin> origins = new HashMap<>();
  private final Map<ModelDisk, Set<ModelDisk>> survivors = new HashMap<>();
  private final Deque<State> frontier = new ArrayDeque<>();
  private final int recoveries;
  private final Reading reading;
  private @Nullable String broken;

  /** Says whether somebody reads meanwhile. */
  enum Reading {
    YES,
    NO
  }

  CommitSearch(CommitModel model, int recoveries, Reading reading) {
    this.model = model;
    this.recoveries = recoveries;
    this.reading = reading;
  }

  /** Says what a process is at. */
  private enum Doing {
    WAITING,
    MERGING,
    ROLLING_FORWARD,
    TAKING_BACK,
    OVER
  }

  /** Says how far a process has come. */
  private record Actor(Doing doing, int step) {
    static final Actor WAITING = new Actor(Doing.WAITING, 0);
    static final Actor OVER = new Actor(Doing.OVER, 0);
  }

  /** Says what was promised by a merge that succeeded or a recovery that ended. */
  private enum Promise {
    NOTHING,
    BEFORE,
    AFTER
  }

  /**
   * Holds the world at one moment.
   *
   * @param seen the file of the target that the reader has listed and not opened yet
   */
  private record State(
      ModelDisk disk,
      Actor merge,
      List<Actor> recoveries,
      @Nullable String seen,
      Promise promise) {}

  /** Says how a state came about. */
  private record Origin(@Nullable State from, String event) {}

  /** Thrown by a rule that is broken. */
  private static final class BrokenRule extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenRule(String rule) {
      super(rule);
    }
  }

  /** Searches; returns null, or the rule that is broken and how that came about. */
  @Nullable String run() {
    List<Actor> waiting = new ArrayList<>();
    for (int i = 0; i < recoveries; i++) {
      waiting.add(Actor.WAITING);
    }
    State first =
        new State(
            ModelDisk.of(CommitModel.BEFORE),
            new Actor(Doing.MERGING, 0),
            List.copyOf(waiting),
            null,
            Promise.NOTHING);
    meet(first, null, "");
    while (!frontier.isEmpty() && broken == null) {
      expand(frontier.remove());
    }
    return broken;
  }

  /** Returns how many states were met. */
  int states() {
    return origins.size();
  }

  private void meet(State state, @Nullable State from, String event) {
    if (broken != null || origins.putIfAbsent(state, new Origin(from, event)) != null) {
      return;
    }
    try {
      check(state);
      frontier.add(state);
    } catch (BrokenRule rule) {
      broken = rule.getMessage() + story(state);
    }
  }

  private String story(State last) {
    List<String> events = new ArrayList<>();
    Origin origin = origins.get(last);
    while (origin != null && origin.from() != null) {
      events.add(0, origin.event());
      origin = origins.get(origin.from());
    }
    return "; after: " + String.join(", ", events);
  }

  // ---- rules ----------------------------------------------------------------------------------

  private static Map<String, String> target(ModelDisk disk) {
    Map<String, String> target = new TreeMap<>();
    for (String name : disk.names()) {
      String file = disk.file(name);
      if (name.startsWith("T/") && file != null && !file.equals("H")) {
        target.put(name, file);
      }
    }
    return target;
  }

  private static void check(State state) {
    ModelDisk disk = state.disk();
    Map<String, String> target = target(disk);
    target.forEach(
        (name, file) -> {
          require(disk.isWhole(file), "a reader sees a part of " + name);
          boolean known =
              file.equals(CommitModel.BEFORE.get(name)) || file.equals(CommitModel.AFTER.get(name));
          require(known, "a reader sees " + file + " as " + name);
        });
    for (String name : List.of("T/A", "T/B")) {
      require(target.containsKey(name), name + " is missing for a moment");
    }
    boolean before = target.equals(CommitModel.BEFORE);
    boolean after = target.equals(CommitModel.AFTER);
    if (disk.file(CommitModel.JOURNAL) == null) {
      require(before || after, "no journal says how to go on from " + target);
    }
    require(state.promise() != Promise.BEFORE || before, "what was taken back is back");
    require(state.promise() != Promise.AFTER || after, "what was done is undone");
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new BrokenRule(rule);
    }
  }

  // ---- what may happen next -------------------------------------------------------------------

  private void expand(State state) {
    // Many states share a disk.
    for (ModelDisk left : survivors.computeIfAbsent(state.disk(), ModelDisk::survivors)) {
      List<Actor> fresh = new ArrayList<>(state.recoveries());
      fresh.replaceAll(process -> Actor.WAITING);
      meet(
          new State(left, Actor.OVER, List.copyOf(fresh), null, state.promise()),
          state,
          "LOSS OF POWER leaving " + left.safe() + left.bytes());
    }
    if (state.merge().doing() == Doing.MERGING) {
      meet(
          new State(state.disk(), Actor.OVER, state.recoveries(), state.seen(), state.promise()),
          state,
          "KILL of the merge");
      advance(state, -1, state.merge());
    } else {
      for (int i = 0; i < state.recoveries().size(); i++) {
        recover(state, i);
      }
    }
    if (reading == Reading.YES) {
      read(state);
    }
  }

  private void recover(State state, int number) {
    Actor process = state.recoveries().get(number);
    if (process.doing() == Doing.WAITING || process.doing() == Doing.OVER) {
      // One that is over may be asked for again; that it waits then is the same state.
      if (process.doing() == Doing.WAITING) {
        begin(state, number);
      }
      return;
    }
    meet(with(state, number, Actor.WAITING), state, "KILL of recovery " + number);
    advance(state, number, process);
  }

  private void begin(State state, int number) {
    String journal = state.disk().file(CommitModel.JOURNAL);
    if (journal == null) {
      meet(
          with(state, number, new Actor(Doing.TAKING_BACK, 0)),
          state,
          "recovery " + number + " finds no journal");
    } else if (state.disk().isWhole(journal)) {
      meet(
          with(state, number, new Actor(Doing.ROLLING_FORWARD, 0)),
          state,
          "recovery " + number + " finds a journal");
    } else {
      broken = "the journal is garbled" + story(state);
    }
  }

  private static State with(State state, int number, Actor process) {
    if (number < 0) {
      return new State(state.disk(), process, state.recoveries(), state.seen(), state.promise());
    }
    List<Actor> processes = new ArrayList<>(state.recoveries());
    processes.set(number, process);
    // Which of them is which makes no difference.
    processes.sort(Comparator.comparing(Actor::doing).thenComparing(Actor::step));
    return new State(
        state.disk(), state.merge(), List.copyOf(processes), state.seen(), state.promise());
  }

  private void advance(State state, int number, Actor process) {
    List<Step> steps =
        switch (process.doing()) {
          case MERGING -> model.merge();
          case ROLLING_FORWARD -> model.rollForward();
          case TAKING_BACK -> model.takeBack();
          case WAITING, OVER -> List.of();
        };
    String who = number < 0 ? "" : "recovery " + number + ": ";
    if (process.step() == steps.size()) {
      end(state, number, process, who);
      return;
    }
    Step step = steps.get(process.step());
    try {
      ModelDisk disk = step.effect().apply(state.disk());
      State moved = with(state, number, new Actor(process.doing(), process.step() + 1));
      meet(
          new State(disk, moved.merge(), moved.recoveries(), moved.seen(), moved.promise()),
          state,
          who + step.name());
    } catch (IllegalStateException stuck) {
      broken = who + "stuck: " + stuck.getMessage() + story(state);
    }
  }

  /** Ends a process: what it says must stay true from now on. */
  private void end(State state, int number, Actor process, String who) {
    Set<String> names = state.disk().names();
    if (!target(state.disk()).keySet().equals(names)) {
      broken = who + "left over: " + names + story(state);
      return;
    }
    boolean after = target(state.disk()).equals(CommitModel.AFTER);
    if (process.doing() != Doing.TAKING_BACK && !after) {
      broken = who + "ended without being done" + story(state);
      return;
    }
    State over = with(state, number, Actor.OVER);
    meet(
        new State(
            over.disk(),
            over.merge(),
            over.recoveries(),
            over.seen(),
            after ? Promise.AFTER : Promise.BEFORE),
        state,
        who + "end");
  }

  private void read(State state) {
    if (state.seen() == null) {
      for (String name : target(state.disk()).keySet()) {
        meet(
            new State(state.disk(), state.merge(), state.recoveries(), name, state.promise()),
            state,
            "a reader lists " + name);
      }
      return;
    }
    String file = state.disk().file(state.seen());
    if (file == null && !state.seen().equals("T/C")) {
      broken = "a reader cannot open " + state.seen() + story(state);
    }
    meet(
        new State(state.disk(), state.merge(), state.recoveries(), null, state.promise()),
        state,
        "the reader opens " + state.seen());
  }
}
