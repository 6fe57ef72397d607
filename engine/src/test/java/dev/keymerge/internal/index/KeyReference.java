package dev.keymerge.internal.index;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.Sample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Says with a plain map which source row wins each key: what the index must agree with. */
final class KeyReference {
  private final KeyIndexConfig config;
  private final Map<List<@Nullable Object>, List<Claim>> claims = new HashMap<>();
  private final List<Long> unmatchable = new ArrayList<>();
  private long rows;

  KeyReference(KeyIndexConfig config) {
    this.config = config;
  }

  /** One row that has a key. */
  private record Claim(long ordinal, @Nullable Comparable<?> order) {}

  static List<@Nullable Object> key(
      List<Field> fields, List<List<@Nullable Object>> columns, int row) {
    List<@Nullable Object> key = new ArrayList<>();
    for (int index = 0; index < fields.size(); index++) {
      Object value = columns.get(index).get(row);
      key.add(value == null ? null : Sample.twin(fields.get(index), value));
    }
    return key;
  }

  void add(List<@Nullable Object> key, @Nullable Comparable<?> order) {
    long ordinal = rows++;
    if (config.nullKeys() != NullKeyPolicy.MATCH && key.contains(null)) {
      unmatchable.add(ordinal);
    } else {
      claims.computeIfAbsent(key, absent -> new ArrayList<>()).add(new Claim(ordinal, order));
    }
  }

  /** Returns how the message starts with which building must fail, or null. */
  @Nullable String failure() {
    if (config.nullKeys() == NullKeyPolicy.FAIL && !unmatchable.isEmpty()) {
      return unmatchable.size() + " source row";
    }
    long tied = claims.values().stream().filter(rivals -> best(rivals).size() > 1).count();
    if (config.duplicates() == DuplicatePolicy.FAIL && tied > 0) {
      return tied + (tied == 1 ? " key has" : " keys have");
    }
    return null;
  }

  private static List<Claim> best(List<Claim> rivals) {
    List<Claim> best = new ArrayList<>();
    for (Claim claim : rivals) {
      int comparison = best.isEmpty() ? 0 : compare(claim.order(), best.get(0).order());
      if (comparison > 0) {
        best.clear();
      }
      if (comparison >= 0) {
        best.add(claim);
      }
    }
    return best;
  }

  @SuppressWarnings("unchecked")
  private static int compare(@Nullable Comparable<?> left, @Nullable Comparable<?> right) {
    if (left == null || right == null) {
      return Boolean.compare(left != null, right != null);
    }
    return ((Comparable<Object>) left).compareTo(right);
  }

  private long choose(List<Claim> rivals) {
    List<Claim> best = best(rivals);
    return best.get(config.duplicates() == DuplicatePolicy.LAST ? best.size() - 1 : 0).ordinal();
  }

  /** Returns the row that wins {@code key}, or -1. */
  long winner(List<@Nullable Object> key) {
    List<Claim> rivals = claims.get(key);
    return rivals == null ? -1 : choose(rivals);
  }

  /** Returns all rows that stand for their keys. */
  List<Long> winners() {
    List<Long> winners = new ArrayList<>(unmatchable);
    claims.values().forEach(rivals -> winners.add(choose(rivals)));
    return winners;
  }
}
