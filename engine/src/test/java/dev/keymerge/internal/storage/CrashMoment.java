package dev.keymerge.internal.storage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Stands for one moment at which the power may fail, and shows what may then be found.
 *
 * @param next what would have been done next; for messages
 * @param disk the disk at that moment
 */
public record CrashMoment(String next, CrashDisk disk) {

  /**
   * Returns storages with what may be left, each once: nothing of what is not safe; all of it; the
   * names without the bytes, with zeros, or with a part of them; each name that is not safe kept
   * alone or lost alone; and {@code mixes} random choices.
   */
  public List<CrashStorage> survivors(Random random, int mixes) {
    Map<String, CrashDisk> found = new LinkedHashMap<>();
    List<CrashDisk.Fate> fates = new ArrayList<>();
    fates.add(new Chosen(Map.of(), Names.LOST, Bytes.LOST, random));
    fates.add(new Chosen(Map.of(), Names.KEPT, Bytes.KEPT, random));
    fates.add(new Chosen(Map.of(), Names.KEPT, Bytes.LOST, random));
    fates.add(new Chosen(Map.of(), Names.KEPT, Bytes.ZEROS, random));
    fates.add(new Chosen(Map.of(), Names.KEPT, Bytes.CUT, random));
    for (CrashDisk.Slot slot : disk.openNames()) {
      fates.add(new Chosen(Map.of(slot, Names.KEPT), Names.LOST, Bytes.KEPT, random));
      fates.add(new Chosen(Map.of(slot, Names.LOST), Names.KEPT, Bytes.KEPT, random));
    }
    for (int mix = 0; mix < mixes; mix++) {
      fates.add(new Chosen(Map.of(), Names.ANY, Bytes.ANY, random));
    }
    for (CrashDisk.Fate fate : fates) {
      CrashDisk left = disk.afterLoss(fate);
      found.putIfAbsent(left.signature(), left);
    }
    return found.values().stream().map(CrashStorage::new).toList();
  }

  /**
   * Returns the storage as the next process finds it if only the process was killed: all that was
   * done is seen, but what is not safe can still be lost.
   */
  public CrashStorage killed() {
    return new CrashStorage(disk.copy());
  }

  /** Says what becomes of names that are not safe. */
  private enum Names {
    LOST,
    KEPT,
    ANY
  }

  /** Says what becomes of bytes that are not safe. */
  private enum Bytes {
    LOST,
    KEPT,
    ZEROS,
    CUT,
    ANY
  }

  /** Decides by a rule, with exceptions for single names. Every file is decided once. */
  private static final class Chosen implements CrashDisk.Fate {
    private final Map<CrashDisk.Slot, Names> exceptions;
    private final Names names;
    private final Bytes bytes;
    private final Random random;
    private final Map<Integer, byte[]> decided = new HashMap<>();

    Chosen(Map<CrashDisk.Slot, Names> exceptions, Names names, Bytes bytes, Random random) {
      this.exceptions = exceptions;
      this.names = names;
      this.bytes = bytes;
      this.random = random;
    }

    @Override
    public int ofName(CrashDisk.Slot slot, int meanings) {
      return switch (exceptions.getOrDefault(slot, names)) {
        case LOST -> 0;
        case KEPT -> meanings - 1;
        case ANY -> random.nextInt(meanings);
      };
    }

    @Override
    public byte[] ofBytes(int node, CrashDisk.Content content) {
      return decided.computeIfAbsent(node, first -> decide(content));
    }

    private byte[] decide(CrashDisk.Content content) {
      Bytes kind = bytes;
      if (kind == Bytes.ANY) {
        kind = Bytes.values()[random.nextInt(Bytes.ANY.ordinal())];
      }
      byte[] all = content.content();
      return switch (kind) {
        case LOST -> Arrays.copyOf(all, content.safe());
        case KEPT, ANY -> all;
        case ZEROS -> Arrays.copyOf(Arrays.copyOf(all, content.safe()), all.length);
        case CUT ->
            Arrays.copyOf(all, content.safe() + random.nextInt(all.length - content.safe() + 1));
      };
    }
  }

  @Override
  public String toString() {
    return "before " + next;
  }
}
