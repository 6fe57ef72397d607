package dev.keymerge.internal.storage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Models a disk behind a cache: what programs see, and which of it a loss of power may take away.
 *
 * <p>The rules, the weakest that file systems with a journal keep:
 *
 * <ul>
 *   <li>Bytes of a file are safe once the file was synced; later ones may be kept, dropped or cut
 *       anywhere, or be zeros.
 *   <li>Every name is on its own: after a crash it stands for any of the things that it has stood
 *       for since its directory was synced. Names of one directory are not kept in any order.
 *   <li>A rename never loses the file: where the old name is gone, the new one has arrived (or what
 *       came to stand there later). A file, but no directory, may be found under both names.
 *   <li>A directory is found if its own name is; so what was synced in it may be lost with it.
 * </ul>
 *
 * <p>Files and directories are numbered; number 0 is the root. Copies are cheap: what is shared is
 * never changed. Not thread-safe.
 */
final class CrashDisk {
  static final int ROOT = 0;

  /**
   * Holds a file.
   *
   * @param content its bytes, never changed in place
   * @param safe how many of them are synced
   * @param modified counts changes, as a time would
   * @param attributes what {@code copyAttributes} hands on
   */
  record Content(byte[] content, int safe, long modified, String attributes) {
    boolean isSafe() {
      return safe == content.length;
    }

    Content with(byte[] bytes, int safeBytes) {
      return new Content(bytes, safeBytes, modified, attributes);
    }
  }

  /** Names a place where a name may stand: a directory, and a name in it. */
  record Slot(int directory, String name) implements Comparable<Slot> {
    @Override
    public int compareTo(Slot other) {
      int order = Integer.compare(directory, other.directory);
      return order == 0 ? name.compareTo(other.name) : order;
    }
  }

  /**
   * Says what a name stands for from one change on.
   *
   * @param change number of the change; grows over the whole disk
   * @param node the file or directory; null for nothing
   */
  record Meaning(long change, @Nullable Integer node) {}

  /**
   * Ties the two halves of a rename: when {@code from} has come to {@code change}, so has {@code
   * to}.
   *
   * @param whole whether the other way round as well: a directory never has two names
   */
  record Rename(Slot from, Slot to, long change, boolean whole) {}

  // Every slot's meanings since it was last safe, oldest first; the first one is on disk.
  private final Map<Slot, List<Meaning>> names;
  private final Map<Integer, Content> files;
  private final List<Rename> renames;
  private long changes;
  private int nodes;

  /** Creates an empty disk. */
  CrashDisk() {
    this(new TreeMap<>(), new HashMap<>(), new ArrayList<>(), 0, ROOT + 1);
  }

  private CrashDisk(
      Map<Slot, List<Meaning>> names,
      Map<Integer, Content> files,
      List<Rename> renames,
      long changes,
      int nodes) {
    this.names = names;
    this.files = files;
    this.renames = renames;
    this.changes = changes;
    this.nodes = nodes;
  }

  /** Returns a disk in the same state, which goes its own way from now on. */
  CrashDisk copy() {
    return new CrashDisk(
        new TreeMap<>(names), new HashMap<>(files), new ArrayList<>(renames), changes, nodes);
  }

  // ---- what programs see ----------------------------------------------------------------------

  /** Returns what a name stands for now. */
  @Nullable Integer node(Slot slot) {
    List<Meaning> meanings = names.get(slot);
    return meanings == null ? null : meanings.get(meanings.size() - 1).node();
  }

  boolean isDirectory(int node) {
    return !files.containsKey(node);
  }

  Content file(int node) {
    Content content = files.get(node);
    if (content == null) {
      throw new IllegalArgumentException("Not a file: " + node);
    }
    return content;
  }

  /** Returns what stands in a directory now, by name. */
  Map<String, Integer> children(int directory) {
    Map<String, Integer> children = new TreeMap<>();
    for (Slot slot : names.keySet()) {
      Integer node = slot.directory() == directory ? node(slot) : null;
      if (node != null) {
        children.put(slot.name(), node);
      }
    }
    return children;
  }

  // ---- changes --------------------------------------------------------------------------------

  /** Makes a new, empty file. */
  int createFile(Slot slot) {
    int node = nodes++;
    files.put(node, new Content(new byte[0], 0, ++changes, "new"));
    mean(slot, node, ++changes);
    return node;
  }

  int createDirectory(Slot slot) {
    int node = nodes++;
    mean(slot, node, ++changes);
    return node;
  }

  /** Lets a second name stand for the same file. */
  void link(int node, Slot slot) {
    mean(slot, node, ++changes);
  }

  void append(int node, byte[] bytes) {
    Content old = file(node);
    byte[] longer = Arrays.copyOf(old.content(), old.content().length + bytes.length);
    System.arraycopy(bytes, 0, longer, old.content().length, bytes.length);
    files.put(node, new Content(longer, old.safe(), ++changes, old.attributes()));
  }

  void attributes(int node, String attributes) {
    Content old = file(node);
    files.put(node, new Content(old.content(), old.safe(), old.modified(), attributes));
  }

  void rename(Slot from, Slot to) {
    Integer node = node(from);
    if (from.equals(to) || (node != null && node.equals(node(to)) && !isDirectory(node))) {
      // Two names of one file: the rename does nothing, as POSIX has it.
      return;
    }
    long change = ++changes;
    mean(to, node, change);
    mean(from, null, change);
    renames.add(new Rename(from, to, change, node != null && isDirectory(node)));
  }

  void remove(Slot slot) {
    mean(slot, null, ++changes);
  }

  private void mean(Slot slot, @Nullable Integer node, long change) {
    List<Meaning> before = names.getOrDefault(slot, List.of(new Meaning(0, null)));
    List<Meaning> after = new ArrayList<>(before);
    after.add(new Meaning(change, node));
    names.put(slot, List.copyOf(after));
  }

  // ---- what is safe ---------------------------------------------------------------------------

  /** Puts all bytes of a file on disk. */
  void syncFile(int node) {
    Content content = file(node);
    files.put(node, content.with(content.content(), content.content().length));
  }

  /** Puts all names of a directory on disk. */
  void syncDirectory(int directory) {
    Map<Slot, Integer> least = new HashMap<>();
    for (Map.Entry<Slot, List<Meaning>> name : names.entrySet()) {
      boolean wanted = name.getKey().directory() == directory;
      least.put(name.getKey(), wanted ? name.getValue().size() - 1 : 0);
    }
    settle(least);
    least.forEach(
        (slot, index) -> {
          List<Meaning> meanings = meanings(slot);
          names.put(slot, List.copyOf(meanings.subList(index, meanings.size())));
        });
    renames.removeIf(rename -> isSafe(rename.from()) && isSafe(rename.to()));
  }

  private boolean isSafe(Slot slot) {
    return meanings(slot).size() == 1;
  }

  private List<Meaning> meanings(Slot slot) {
    return names.getOrDefault(slot, List.of(new Meaning(0, null)));
  }

  /** Moves the choices on until no rename has lost its file. */
  private void settle(Map<Slot, Integer> choices) {
    boolean moved = true;
    while (moved) {
      moved = false;
      for (Rename rename : renames) {
        long from = chosen(choices, rename.from()).change();
        long to = chosen(choices, rename.to()).change();
        if (from >= rename.change() && to < rename.change()) {
          choices.put(rename.to(), indexOf(rename.to(), rename.change()));
          moved = true;
        } else if (rename.whole() && to >= rename.change() && from < rename.change()) {
          choices.put(rename.from(), indexOf(rename.from(), rename.change()));
          moved = true;
        }
      }
    }
  }

  private Meaning chosen(Map<Slot, Integer> choices, Slot slot) {
    return meanings(slot).get(choices.getOrDefault(slot, 0));
  }

  private int indexOf(Slot slot, long change) {
    List<Meaning> meanings = meanings(slot);
    for (int index = 0; index < meanings.size(); index++) {
      if (meanings.get(index).change() >= change) {
        return index;
      }
    }
    return meanings.size() - 1;
  }

  // ---- loss of power --------------------------------------------------------------------------

  /** Decides what is left of all that is not safe. */
  interface Fate {
    /** Returns which of a name's {@code meanings} is found, 0 for the one that is on disk. */
    int ofName(Slot slot, int meanings);

    /** Returns what is found of a file that may be there in part. */
    byte[] ofBytes(int node, Content content);
  }

  /** Returns the slots whose meaning is not safe. */
  List<Slot> openNames() {
    return names.keySet().stream().filter(slot -> !isSafe(slot)).toList();
  }

  /** Returns the disk that is found after a loss of power: all that is left is safe. */
  CrashDisk afterLoss(Fate fate) {
    Map<Slot, Integer> choices = new LinkedHashMap<>();
    names.forEach(
        (slot, meanings) ->
            choices.put(slot, meanings.size() == 1 ? 0 : fate.ofName(slot, meanings.size())));
    settle(choices);
    Map<Slot, List<Meaning>> left = new TreeMap<>();
    choices.forEach(
        (slot, index) -> {
          Meaning meaning = meanings(slot).get(index);
          if (meaning.node() != null) {
            left.put(slot, List.of(meaning));
          }
        });
    Map<Integer, Content> found = new HashMap<>();
    files.forEach(
        (node, content) -> {
          byte[] bytes = content.isSafe() ? content.content() : fate.ofBytes(node, content);
          found.put(node, content.with(bytes, bytes.length));
        });
    CrashDisk disk = new CrashDisk(left, found, new ArrayList<>(), changes, nodes);
    disk.forgetTheUnreachable();
    return disk;
  }

  private void forgetTheUnreachable() {
    Map<Integer, String> reached = new HashMap<>();
    walk(ROOT, "", (path, node) -> reached.put(node, path));
    reached.put(ROOT, "");
    names.keySet().removeIf(slot -> !reached.containsKey(slot.directory()));
    files.keySet().removeIf(node -> !reached.containsKey(node));
  }

  /** Hears of everything that stands on the disk. */
  private interface Visitor {
    void visit(String path, int node);
  }

  private void walk(int directory, String path, Visitor visitor) {
    children(directory)
        .forEach(
            (name, node) -> {
              String place = path + "/" + name;
              visitor.visit(place, node);
              if (isDirectory(node)) {
                walk(node, place, visitor);
              }
            });
  }

  /** Returns all that programs see: every path, with the bytes of files; empty for directories. */
  Map<String, Optional<byte[]>> tree() {
    Map<String, Optional<byte[]>> tree = new TreeMap<>();
    walk(
        ROOT,
        "",
        (path, node) ->
            tree.put(
                path, isDirectory(node) ? Optional.empty() : Optional.of(file(node).content())));
    return tree;
  }

  /** Returns a text that is the same for disks on which programs see the same. */
  String signature() {
    StringBuilder text = new StringBuilder();
    walk(
        ROOT,
        "",
        (path, node) -> {
          text.append(path).append(' ').append(isDirectory(node) ? "/" : node);
          if (!isDirectory(node)) {
            byte[] bytes = file(node).content();
            text.append(' ').append(bytes.length).append(' ').append(Arrays.hashCode(bytes));
          }
          text.append('\n');
        });
    return text.toString();
  }
}
