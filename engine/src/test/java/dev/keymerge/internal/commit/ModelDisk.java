package dev.keymerge.internal.commit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds a disk of the commit model: which file each name stands for, and how much of each file is
 * there.
 *
 * <p>A name is written {@code directory/name}, where the directory is a single word; a directory
 * itself is a file of that word, so that losing its name loses all names in it. Files are known by
 * what they hold. What a loss of power may do is what {@code CrashDisk} describes, with every
 * outcome enumerated instead of drawn. Immutable.
 *
 * @param safe what names stand for on disk
 * @param open changes of each name since then, oldest first
 * @param bytes how much of each file is there; a file that is not listed is whole and safe
 */
record ModelDisk(
    Map<String, String> safe, Map<String, List<Change>> open, Map<String, Bytes> bytes) {

  /** Says how much of a file is there. */
  enum Bytes {
    /** Nothing has been written, and that is all that can be found. */
    NONE,
    /** A part was found after a loss of power. */
    PART,
    /** All has been written; nothing, a part or all may be found. */
    UNSAFE
  }

  /**
   * Gives a name another meaning.
   *
   * @param file the file that it stands for now; null for none
   * @param arrival where the file went, if it left by a rename
   */
  record Change(@Nullable String file, @Nullable String arrival) {}

  /** Starts with whole and safe files. */
  static ModelDisk of(Map<String, String> names) {
    return new ModelDisk(new TreeMap<>(names), Map.of(), Map.of());
  }

  /** Returns the file that a name stands for now, or null. */
  @Nullable String file(String name) {
    List<Change> changes = open.getOrDefault(name, List.of());
    return changes.isEmpty() ? safe.get(name) : changes.get(changes.size() - 1).file();
  }

  /** Returns whether a name stands for a file all of whose bytes can be read now. */
  boolean isWhole(String file) {
    return bytes.getOrDefault(file, Bytes.UNSAFE) == Bytes.UNSAFE;
  }

  /** Returns the names that stand for something now. */
  Set<String> names() {
    Set<String> names = new LinkedHashSet<>(safe.keySet());
    names.addAll(open.keySet());
    names.removeIf(name -> file(name) == null);
    return names;
  }

  ModelDisk create(String name, String file) {
    return link(name, file).with(file, Bytes.NONE);
  }

  ModelDisk link(String name, String file) {
    return changed(name, new Change(file, null));
  }

  ModelDisk write(String file) {
    return with(file, Bytes.UNSAFE);
  }

  ModelDisk sync(String file) {
    return with(file, null);
  }

  /** Removes a name; nothing is fine too. */
  ModelDisk remove(String name) {
    return file(name) == null ? this : changed(name, new Change(null, null));
  }

  /** Removes a directory if nothing is in it. */
  ModelDisk removeDirectory(String name) {
    String directory = file(name) + "/";
    return names().stream().anyMatch(other -> other.startsWith(directory)) ? this : remove(name);
  }

  ModelDisk rename(String from, String to) {
    String file = file(from);
    if (file == null) {
      throw new IllegalStateException("Nothing to rename at " + from);
    }
    if (file.equals(file(to))) {
      // Two names of one file: POSIX does nothing.
      return this;
    }
    return changed(to, new Change(file, null)).changed(from, new Change(null, to));
  }

  private ModelDisk changed(String name, Change change) {
    Map<String, List<Change>> after = new TreeMap<>(open);
    List<Change> changes = new ArrayList<>(after.getOrDefault(name, List.of()));
    changes.add(change);
    after.put(name, List.copyOf(changes));
    return new ModelDisk(safe, after, bytes);
  }

  private ModelDisk with(String file, @Nullable Bytes state) {
    Map<String, Bytes> after = new TreeMap<>(bytes);
    if (state == null) {
      after.remove(file);
    } else {
      after.put(file, state);
    }
    return new ModelDisk(safe, open, after);
  }

  /** Makes the names of a directory safe, and with them where files went that left it. */
  ModelDisk syncDirectory(String directory) {
    Map<String, Integer> cuts = new HashMap<>();
    open.forEach(
        (name, changes) -> cuts.put(name, name.startsWith(directory + "/") ? changes.size() : 0));
    boolean moved = true;
    while (moved) {
      moved = false;
      for (String name : open.keySet()) {
        for (Change change : open.get(name).subList(0, cuts.get(name))) {
          int needed = arrivalCut(change, name);
          String arrival = change.arrival();
          if (arrival != null && cuts.getOrDefault(arrival, needed) < needed) {
            cuts.put(arrival, needed);
            moved = true;
          }
        }
      }
    }
    return cut(cuts, true);
  }

  /** Returns how far the place where a file went must have come; 0 if that is safe already. */
  private int arrivalCut(Change change, String from) {
    String arrival = change.arrival();
    if (arrival == null) {
      return 0;
    }
    String left = fileThatLeft(change, from);
    List<Change> there = open.getOrDefault(arrival, List.of());
    for (int index = 0; index < there.size(); index++) {
      if (left.equals(there.get(index).file())) {
        return index + 1;
      }
    }
    return 0;
  }

  private String fileThatLeft(Change change, String from) {
    List<Change> changes = open.getOrDefault(from, List.of());
    int index = changes.indexOf(change);
    String file = index > 0 ? changes.get(index - 1).file() : safe.get(from);
    if (file == null) {
      throw new IllegalStateException("Nothing had been at " + from);
    }
    return file;
  }

  /** Puts the first changes of every name on disk, and keeps or forgets the others. */
  private ModelDisk cut(Map<String, Integer> cuts, boolean keepsTheRest) {
    Map<String, String> safeNames = new TreeMap<>(safe);
    Map<String, List<Change>> rest = new TreeMap<>();
    open.forEach(
        (name, changes) -> {
          int count = cuts.getOrDefault(name, 0);
          if (count > 0) {
            String file = changes.get(count - 1).file();
            if (file == null) {
              safeNames.remove(name);
            } else {
              safeNames.put(name, file);
            }
          }
          if (keepsTheRest && count < changes.size()) {
            rest.put(name, changes.subList(count, changes.size()));
          }
        });
    return new ModelDisk(safeNames, rest, bytes);
  }

  // ---- loss of power --------------------------------------------------------------------------

  /** Returns every disk that may be found after a loss of power. */
  Set<ModelDisk> survivors() {
    List<Map<String, Integer>> choices = new ArrayList<>(List.of(Map.of()));
    open.forEach(
        (name, changes) -> {
          List<Map<String, Integer>> more = new ArrayList<>();
          for (Map<String, Integer> choice : choices) {
            for (int count = 0; count <= changes.size(); count++) {
              Map<String, Integer> next = new HashMap<>(choice);
              next.put(name, count);
              more.add(next);
            }
          }
          choices.clear();
          choices.addAll(more);
        });
    Set<ModelDisk> found = new LinkedHashSet<>();
    for (Map<String, Integer> choice : choices) {
      if (losesNoFile(choice)) {
        found.addAll(cut(choice, false).reachable().byBytes());
      }
    }
    return found;
  }

  private boolean losesNoFile(Map<String, Integer> cuts) {
    for (String name : open.keySet()) {
      for (Change change : open.get(name).subList(0, cuts.get(name))) {
        String arrival = change.arrival();
        int needed = arrivalCut(change, name);
        if (arrival != null && cuts.getOrDefault(arrival, needed) < needed) {
          return false;
        }
      }
    }
    return true;
  }

  /** Forgets the names whose directories were lost, and the bytes of files without a name. */
  private ModelDisk reachable() {
    Map<String, String> left = new TreeMap<>(safe);
    boolean moved = true;
    while (moved) {
      moved =
          left.keySet()
              .removeIf(
                  name -> {
                    String directory = name.substring(0, name.indexOf('/'));
                    return !directory.equals("T") && !left.containsValue(directory);
                  });
    }
    Map<String, Bytes> known = new TreeMap<>(bytes);
    known.keySet().retainAll(left.values());
    return new ModelDisk(left, Map.of(), known);
  }

  private Set<ModelDisk> byBytes() {
    Set<ModelDisk> all = new LinkedHashSet<>(Set.of(this));
    for (Map.Entry<String, Bytes> file : bytes.entrySet()) {
      if (file.getValue() == Bytes.UNSAFE) {
        Set<ModelDisk> more = new LinkedHashSet<>();
        for (ModelDisk disk : all) {
          more.add(disk.with(file.getKey(), null));
          more.add(disk.with(file.getKey(), Bytes.PART));
          more.add(disk.with(file.getKey(), Bytes.NONE));
        }
        all = more;
      }
    }
    return all;
  }
}
