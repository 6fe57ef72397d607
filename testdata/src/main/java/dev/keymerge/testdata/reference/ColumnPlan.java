package dev.keymerge.testdata.reference;

import dev.keymerge.testdata.reference.MergeRules.DeleteMarker;
import dev.keymerge.testdata.reference.MergeRules.UpdateColumns.Selection;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.ValueConversion;
import dev.keymerge.testdata.row.ValueOrder;
import dev.keymerge.testdata.row.ValueText;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Maps the columns of a source to those of a target under given rules, or refuses the pair.
 *
 * <p>Immutable. Rows of the source are given to it as they are; it yields values of the target's
 * types.
 */
final class ColumnPlan {

  private static final int ABSENT = -1;

  private final TableSchema target;
  private final int[] sourcePositions;
  private final Map<Integer, ValueConversion> conversions;
  private final int[] keyPositions;
  private final List<Integer> updatedPositions;
  private final int orderPosition;
  private final int markerPosition;
  private final @Nullable Object markerValue;

  ColumnPlan(TableSchema source, TableSchema target, MergeRules rules) {
    this.target = target;
    this.sourcePositions = new int[target.size()];
    this.conversions = new HashMap<>();
    refuseUnfitNames(source, target, rules);
    Set<String> used = usedColumns(source, rules);
    for (int position = 0; position < target.size(); position++) {
      String name = target.column(position).name();
      sourcePositions[position] = source.has(name) ? source.position(name) : ABSENT;
      if (source.has(name) && used.contains(name)) {
        conversions.put(position, conversion(source.column(name), target.column(position)));
      }
    }
    this.keyPositions = rules.keyColumns().stream().mapToInt(target::position).toArray();
    this.updatedPositions = updatedPositions(rules);
    String order = rules.orderColumn();
    this.orderPosition = order == null ? ABSENT : target.position(order);
    DeleteMarker marker = rules.deleteMarker();
    this.markerPosition = marker == null ? ABSENT : source.position(marker.column());
    this.markerValue = marker == null ? null : markerValue(source.column(marker.column()), marker);
  }

  private static void refuseUnfitNames(TableSchema source, TableSchema target, MergeRules rules) {
    DeleteMarker marker = rules.deleteMarker();
    if (marker != null && !source.has(marker.column())) {
      throw schemaRefusal("the source has no marker column " + marker.column());
    }
    for (String name : source.names()) {
      boolean isMarker = marker != null && marker.column().equals(name);
      if (rules.writesValues() && !target.has(name) && !isMarker) {
        throw schemaRefusal("the target has no column " + name);
      }
    }
    List<String> shared = new ArrayList<>(rules.keyColumns());
    Optional.ofNullable(rules.orderColumn()).ifPresent(shared::add);
    for (String name : shared) {
      refuseUnshared(name, source, target);
    }
    if (rules.updates()) {
      refuseUnfitUpdateColumns(source, target, rules);
    }
  }

  private static void refuseUnfitUpdateColumns(
      TableSchema source, TableSchema target, MergeRules rules) {
    for (String name : rules.updateColumns().names()) {
      if (!target.has(name)) {
        throw schemaRefusal("the target has no update column " + name);
      }
      if (rules.updateColumns().selection() == Selection.ONLY) {
        refuseUnshared(name, source, target);
        if (rules.keyColumns().contains(name)) {
          throw schemaRefusal("key column " + name + " cannot be updated");
        }
      }
    }
  }

  private static void refuseUnshared(String name, TableSchema source, TableSchema target) {
    if (!source.has(name) || !target.has(name)) {
      throw schemaRefusal("column " + name + " must be in source and target");
    }
  }

  /** Lists the source columns whose values are looked at; the types of others do not matter. */
  private static Set<String> usedColumns(TableSchema source, MergeRules rules) {
    Set<String> used = new HashSet<>(rules.keyColumns());
    Optional.ofNullable(rules.orderColumn()).ifPresent(used::add);
    for (String name : source.names()) {
      if (rules.inserts() || (rules.updates() && rules.updateColumns().includes(name))) {
        used.add(name);
      }
    }
    return used;
  }

  private static ValueConversion conversion(Column source, Column target) {
    return ValueConversion.between(source.type(), target.type())
        .orElseThrow(
            () ->
                schemaRefusal(
                    "column "
                        + target.name()
                        + " is "
                        + source.type()
                        + " in the source and "
                        + target.type()
                        + " in the target"));
  }

  private static Object markerValue(Column column, DeleteMarker marker) {
    try {
      return ValueText.parse(column.type(), marker.text());
    } catch (IllegalArgumentException | ArithmeticException | DateTimeParseException unreadable) {
      throw schemaRefusal("marker value " + marker.text() + " is not of type " + column.type());
    }
  }

  private List<Integer> updatedPositions(MergeRules rules) {
    List<Integer> positions = new ArrayList<>();
    for (int position = 0; position < target.size(); position++) {
      String name = target.column(position).name();
      if (sourcePositions[position] != ABSENT
          && !rules.keyColumns().contains(name)
          && rules.updateColumns().includes(name)) {
        positions.add(position);
      }
    }
    return List.copyOf(positions);
  }

  /** Gives the key of a source row in the target's types, ready to be a map key. */
  List<@Nullable Object> sourceKey(@Nullable Object[] row, long ordinal) {
    List<@Nullable Object> key = new ArrayList<>();
    for (int position : keyPositions) {
      key.add(canonical(sourceValue(row, ordinal, position)));
    }
    return key;
  }

  /** Gives the key of a target row, ready to be a map key. */
  List<@Nullable Object> targetKey(@Nullable Object[] row) {
    List<@Nullable Object> key = new ArrayList<>();
    for (int position : keyPositions) {
      key.add(canonical(row[position]));
    }
    return key;
  }

  private static @Nullable Object canonical(@Nullable Object value) {
    return value == null ? null : ValueOrder.canonical(value);
  }

  /** Gives the order value of a source row in the target's type; null without order column. */
  @Nullable Object sourceOrder(@Nullable Object[] row, long ordinal) {
    return orderPosition == ABSENT ? null : sourceValue(row, ordinal, orderPosition);
  }

  /** Gives the order value of a target row; null without order column. */
  @Nullable Object targetOrder(@Nullable Object[] row) {
    return orderPosition == ABSENT ? null : row[orderPosition];
  }

  /** Tells whether a source row is marked as a deletion. */
  boolean isMarked(@Nullable Object[] row) {
    return markerPosition != ABSENT
        && row[markerPosition] != null
        && ValueOrder.same(row[markerPosition], markerValue);
  }

  /** Gives the target row as the source row would leave it. */
  @Nullable Object[] updated(@Nullable Object[] targetRow, @Nullable Object[] row, long ordinal) {
    @Nullable Object[] result = targetRow.clone();
    for (int position : updatedPositions) {
      Object value = sourceValue(row, ordinal, position);
      if (!ValueOrder.same(value, targetRow[position])) {
        result[position] = checked(value, position, ordinal);
      }
    }
    return result;
  }

  /** Gives the new target row that the source row makes. */
  @Nullable Object[] inserted(@Nullable Object[] row, long ordinal) {
    @Nullable Object[] result = new @Nullable Object[target.size()];
    for (int position = 0; position < result.length; position++) {
      Object value =
          sourcePositions[position] == ABSENT ? null : sourceValue(row, ordinal, position);
      result[position] = checked(value, position, ordinal);
    }
    return result;
  }

  private @Nullable Object checked(@Nullable Object value, int position, long ordinal) {
    if (value == null && target.column(position).isRequired()) {
      throw new MergeRefusal(
          MergeRefusal.Kind.REQUIRED_VALUE,
          "source row " + ordinal + " has no value for column " + target.column(position).name());
    }
    return value;
  }

  private @Nullable Object sourceValue(@Nullable Object[] row, long ordinal, int position) {
    Object value = row[sourcePositions[position]];
    ValueConversion conversion = conversions.get(position);
    if (value == null || conversion == null) {
      return value;
    }
    return conversion
        .convert(value)
        .orElseThrow(
            () ->
                new MergeRefusal(
                    MergeRefusal.Kind.CONVERSION,
                    "column "
                        + target.column(position).name()
                        + ", source row "
                        + ordinal
                        + ": "
                        + value
                        + " does not fit "
                        + target.column(position).type()));
  }

  private static MergeRefusal schemaRefusal(String message) {
    return new MergeRefusal(MergeRefusal.Kind.SCHEMA, message);
  }
}
