package dev.keymerge.internal.commit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * States the commit protocol as the steps that a merge and a recovery take, for a search through
 * everything that can happen between them.
 *
 * <p>The merge replaces the files A and B of a directory, removes C and adds D. Directories: {@code
 * T} is the target, {@code H} its home of private files, {@code S} the staging area in it. The
 * files before are {@code a0 b0 c0}, those after {@code a1 b1 d1}; {@code j} is the journal.
 * Immutable: every change of the protocol is a new one.
 *
 * @param merge what a merge does, in order
 * @param rollForward what recovery does where it finds a journal
 * @param takeBack what recovery does where it finds none
 */
record CommitModel(List<Step> merge, List<Step> rollForward, List<Step> takeBack) {
  static final Map<String, String> BEFORE = Map.of("T/A", "a0", "T/B", "b0", "T/C", "c0");
  static final Map<String, String> AFTER = Map.of("T/A", "a1", "T/B", "b1", "T/D", "d1");
  static final String JOURNAL = "H/journal";

  private static final String DRAFT = "H/journal.new";
  private static final String JOURNAL_FILE = "j";
  private static final Map<String, String> SUCCESSORS =
      new TreeMap<>(Map.of("A", "a1", "B", "b1", "D", "d1"));

  /**
   * Does one thing to the disk, which nothing but a crash of the process lies within.
   *
   * @param name by which tests find the step
   * @param effect fails with {@link IllegalStateException} where the protocol would be stuck
   */
  record Step(String name, UnaryOperator<ModelDisk> effect) {}

  /** Returns the protocol as it is. */
  static CommitModel protocol() {
    List<Step> merge = new ArrayList<>();
    merge.add(new Step("make home", disk -> disk.link("T/home", "H")));
    merge.add(new Step("make staging", disk -> disk.link("H/staging", "S")));
    SUCCESSORS.forEach(
        (name, file) -> {
          merge.add(new Step("create " + name, disk -> disk.create("S/" + name, file)));
          merge.add(new Step("write " + name, disk -> disk.write(file)));
          merge.add(new Step("sync " + name, disk -> disk.sync(file)));
        });
    merge.add(new Step("sync staging", disk -> disk.syncDirectory("S")));
    merge.add(new Step("sync home", disk -> disk.syncDirectory("H")));
    merge.add(new Step("sync target", disk -> disk.syncDirectory("T")));
    merge.add(new Step("create journal", disk -> disk.create(DRAFT, JOURNAL_FILE)));
    merge.add(new Step("write journal", disk -> disk.write(JOURNAL_FILE)));
    merge.add(new Step("sync journal", disk -> disk.sync(JOURNAL_FILE)));
    merge.add(new Step("rename journal", disk -> disk.rename(DRAFT, JOURNAL)));
    merge.add(new Step("commit", disk -> disk.syncDirectory("H")));
    publish(merge);
    clean(merge);

    List<Step> rollForward = new ArrayList<>();
    // The journal may have been seen, but not be safe yet: its writer was killed, not the machine.
    rollForward.add(new Step("commit", disk -> disk.syncDirectory("H")));
    publish(rollForward);
    clean(rollForward);

    List<Step> takeBack = new ArrayList<>();
    clean(takeBack);
    return new CommitModel(List.copyOf(merge), List.copyOf(rollForward), List.copyOf(takeBack));
  }

  private static void publish(List<Step> steps) {
    SUCCESSORS.forEach(
        (name, file) -> steps.add(new Step("publish " + name, disk -> publish(disk, name, file))));
    steps.add(new Step("remove C", disk -> disk.remove("T/C")));
    steps.add(new Step("sync published", disk -> disk.syncDirectory("T")));
  }

  private static ModelDisk publish(ModelDisk disk, String name, String file) {
    if (file.equals(disk.file("T/" + name))) {
      return disk;
    }
    if (!file.equals(disk.file("S/" + name))) {
      throw new IllegalStateException("The successor of " + name + " is gone");
    }
    return disk.rename("S/" + name, "T/" + name);
  }

  private static void clean(List<Step> steps) {
    steps.add(new Step("retire journal", disk -> disk.remove(JOURNAL)));
    steps.add(new Step("sync retired", disk -> disk.syncDirectory("H")));
    // A loss of power may leave the journal under both of its names.
    steps.add(new Step("drop draft", disk -> disk.remove(DRAFT)));
    for (String name : SUCCESSORS.keySet()) {
      steps.add(new Step("drop " + name, disk -> disk.remove("S/" + name)));
    }
    steps.add(new Step("drop staging", disk -> disk.removeDirectory("H/staging")));
    steps.add(new Step("drop home", disk -> disk.removeDirectory("T/home")));
  }

  // ---- wrong protocols ------------------------------------------------------------------------

  /** Returns the protocol without a step of the merge. */
  CommitModel mergingWithout(String name) {
    return new CommitModel(without(merge, name), rollForward, takeBack);
  }

  /** Returns the protocol without a step of rolling forward. */
  CommitModel rollingForwardWithout(String name) {
    return new CommitModel(merge, without(rollForward, name), takeBack);
  }

  /** Returns the protocol with a step of the merge done right before another. */
  CommitModel merging(String name, String before) {
    return new CommitModel(moved(merge, name, before), rollForward, takeBack);
  }

  /** Returns the protocol with a step of rolling forward done right before another. */
  CommitModel rollingForward(String name, String before) {
    return new CommitModel(merge, moved(rollForward, name, before), takeBack);
  }

  private static List<Step> without(List<Step> steps, String name) {
    List<Step> less = new ArrayList<>(steps);
    less.remove(find(less, name));
    return List.copyOf(less);
  }

  private static List<Step> moved(List<Step> steps, String name, String before) {
    List<Step> order = new ArrayList<>(steps);
    Step step = find(order, name);
    order.remove(step);
    order.add(order.indexOf(find(order, before)), step);
    return List.copyOf(order);
  }

  private static Step find(List<Step> steps, String name) {
    return steps.stream().filter(step -> step.name().equals(name)).findFirst().orElseThrow();
  }
}
