package dev.keymerge.internal.plan;

import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Settles, before any row is read, which columns of source and target meet and what each is for.
 *
 * <p>All names are names of the target unless said otherwise. Immutable.
 *
 * @param keys key columns in the order asked
 * @param alignments every source column that the merge reads, with the target's name and type for
 *     it
 * @param updated columns that a match takes from the source row, in the target's order; key columns
 *     never
 * @param inserted columns that an inserted row takes from the source row, in the target's order
 * @param orderColumn column whose greatest value wins, or null
 * @param marker aligned name of the delete marker's column, or null
 * @param markerValue text of the value that marks a row, or null when there is no marker
 * @param required columns of the target that may not be null
 * @param newTarget schema that a target which does not exist yet gets, or null if it exists
 */
public record MergeSchema(
    List<String> keys,
    List<ColumnAlignment> alignments,
    List<String> updated,
    List<String> inserted,
    @Nullable String orderColumn,
    @Nullable String marker,
    @Nullable String markerValue,
    Set<String> required,
    @Nullable Schema newTarget) {

  /** Returns the type that {@code column} has in the target and, aligned, in the source. */
  public Field field(String column) {
    for (ColumnAlignment alignment : alignments) {
      if (alignment.targetField().getName().equals(column)) {
        return alignment.targetField();
      }
    }
    throw new IllegalArgumentException("No aligned column " + column);
  }

  /** Returns the types of the key columns in the order asked. */
  public List<Field> keyFields() {
    return keys.stream().map(this::field).toList();
  }
}
