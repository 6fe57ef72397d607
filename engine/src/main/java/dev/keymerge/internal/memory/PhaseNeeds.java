package dev.keymerge.internal.memory;

import dev.keymerge.MergeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the least that each phase of a merge can do with, one phase after the other.
 *
 * <p>Some things stay for the whole merge, and phases follow each other; so the need of a kind is
 * the sum of what stays and the largest phase. Not thread-safe.
 */
public final class PhaseNeeds {
  private final List<Need> lasting = new ArrayList<>();
  private final List<Need> phases = new ArrayList<>();
  private Need besideOthers = new Need("working beside others", 0, 0);

  /** Adds what is held from now to the end of the merge. */
  public void addLasting(String what, long heapBytes, long nativeBytes) {
    lasting.add(new Need(what, heapBytes, nativeBytes));
  }

  /** Adds what is held during one phase. */
  public void addPhase(String what, long heapBytes, long nativeBytes) {
    phases.add(new Need(what, heapBytes, nativeBytes));
  }

  /**
   * Sets what the merge should have while others are at work, so that it need not fail where it
   * would not fail alone: it waits for them until it can have that. Nothing is refused for want of
   * it.
   */
  public void wantBesideOthers(long heapBytes, long nativeBytes) {
    besideOthers = new Need(besideOthers.what, heapBytes, nativeBytes);
  }

  /** Returns what the merge should have while others are at work, at least its least. */
  long bytesBesideOthers(MemoryKind kind) {
    return Math.max(bytes(kind), besideOthers.bytes(kind));
  }

  /** Returns the least that the whole merge can do with. */
  public long bytes(MemoryKind kind) {
    return lasting.stream().mapToLong(need -> need.bytes(kind)).sum()
        + phases.stream().mapToLong(need -> need.bytes(kind)).max().orElse(0);
  }

  /**
   * Returns the refusal of a merge that needs more than {@code limit} of {@code kind}, or of both
   * kinds if that is null.
   */
  MergeException.LimitExceeded refusal(@Nullable MemoryKind kind, long limit) {
    return refusal(
        kind,
        ", but its budget is " + MemoryBudget.readable(limit),
        "Raise the memory limit (--memory).");
  }

  /** Returns the refusal of a merge to which open scans that hold so much leave too little. */
  MergeException.LimitExceeded refusalBesideScans(MemoryKind kind, long held, long limit) {
    return refusal(
        kind,
        ", but open scans hold "
            + MemoryBudget.readable(held)
            + " of the budget of "
            + MemoryBudget.readable(limit),
        "Close scans that nobody reads, or raise the memory limit (--memory).");
  }

  private MergeException.LimitExceeded refusal(
      @Nullable MemoryKind kind, String reason, String remedy) {
    ToLongFunction<Need> size =
        need ->
            kind == null
                ? need.bytes(MemoryKind.HEAP) + need.bytes(MemoryKind.NATIVE)
                : need.bytes(kind);
    long sum = 0;
    StringBuilder parts = new StringBuilder();
    for (Need need : lasting) {
      sum += size.applyAsLong(need);
      append(parts, need, size);
    }
    Need largest = null;
    for (Need need : phases) {
      if (largest == null || size.applyAsLong(need) > size.applyAsLong(largest)) {
        largest = need;
      }
    }
    if (largest != null) {
      sum += size.applyAsLong(largest);
      append(parts, largest, size);
    }
    return new MergeException.LimitExceeded(
        "The merge needs at least "
            + MemoryBudget.readable(sum)
            + (kind == null ? "" : " of " + kind.text())
            + reason
            + ": "
            + parts
            + ".",
        remedy);
  }

  private static void append(StringBuilder parts, Need need, ToLongFunction<Need> size) {
    if (size.applyAsLong(need) > 0) {
      parts
          .append(parts.length() == 0 ? "" : " + ")
          .append(need.what)
          .append(' ')
          .append(MemoryBudget.readable(size.applyAsLong(need)));
    }
  }

  /** Says what one thing takes. */
  private record Need(String what, long heapBytes, long nativeBytes) {
    long bytes(MemoryKind kind) {
      return kind == MemoryKind.HEAP ? heapBytes : nativeBytes;
    }
  }
}
