package dev.keymerge.internal.target;

import dev.keymerge.internal.key.ComponentBounds;
import dev.keymerge.internal.key.KeyFilter;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Decides by statistics which files and row groups of the target cannot hold a key of the source.
 *
 * <p>Only ever errs by keeping a unit: what is unclear may match. A merge that also asks for target
 * rows without a match must not prune. Immutable and thread-safe.
 */
public final class KeyPruning {
  private final KeyFilter filter;
  private final List<String> keys;

  /**
   * Creates the decision for one merge.
   *
   * @param filter what the source holds
   * @param keys the key columns in key order, by the target's names and types, which are those that
   *     the bounds were made for
   */
  public KeyPruning(KeyFilter filter, List<Field> keys) {
    this.filter = filter;
    this.keys = keys.stream().map(Field::getName).toList();
  }

  /** Returns whether some row of {@code file} may have a key of the source. */
  public boolean mayMatch(TargetFile file) {
    for (TargetRowGroup rowGroup : file.rowGroups()) {
      if (mayMatch(rowGroup)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether some row of {@code rowGroup} may have a key of the source. */
  public boolean mayMatch(TargetRowGroup rowGroup) {
    List<ComponentBounds> bounds = new ArrayList<>(keys.size());
    for (String key : keys) {
      bounds.add(rowGroup.bounds(key));
    }
    return filter.mayContain(bounds);
  }
}
