package dev.keymerge.internal.job;

import dev.keymerge.DeleteMarker;
import dev.keymerge.MatchedAction;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.NotMatchedAction;
import dev.keymerge.UpdateColumns;
import dev.keymerge.internal.parquet.ArrowTypes;
import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.SourceSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Decides, from the request and the two schemas alone, which columns meet and what each is for, and
 * refuses what cannot be done.
 *
 * <p>Serves one merge; not thread-safe.
 */
final class SchemaResolver {
  private final MergeRequest request;
  private final SourceSchema source;
  private final Map<String, TargetColumn> targetColumns = new LinkedHashMap<>();
  private final ColumnNames sourceNames;
  private final ColumnNames targetNames;
  private final boolean newTarget;
  private final @Nullable String sourceMarker;

  /** Source column for each target column that has one, in the target's order. */
  private final Map<String, String> pairs = new LinkedHashMap<>();

  /**
   * Creates a resolver.
   *
   * @param request what is asked
   * @param source the source's own columns
   * @param target the target's columns, or null if it does not exist yet
   */
  SchemaResolver(MergeRequest request, SourceSchema source, @Nullable List<TargetColumn> target) {
    this.request = request;
    this.newTarget = target == null;
    this.source = source;
    List<String> names = new ArrayList<>();
    source.columns().forEach(field -> names.add(field.getName()));
    names.addAll(source.unreadable().keySet().stream().sorted().toList());
    this.sourceNames = new ColumnNames("source", names, request.nameMatching());
    DeleteMarker marker = request.deleteMarker();
    this.sourceMarker =
        marker == null ? null : sourceNames.require(marker.column(), "delete marker");
    List<TargetColumn> columns = target == null ? newColumns() : target;
    columns.forEach(column -> targetColumns.put(column.name(), column));
    this.targetNames =
        new ColumnNames(
            "target", columns.stream().map(TargetColumn::name).toList(), request.nameMatching());
  }

  MergeSchema resolve() {
    boolean writes = updates() || inserts();
    pair(writes);
    List<String> keys = new ArrayList<>();
    for (String key : request.keyColumns()) {
      keys.add(key(key));
    }
    String order = request.orderColumn() == null ? null : order(request.orderColumn());
    List<String> updated = updates() ? updatedColumns(keys) : List.of();
    List<String> inserted = inserts() ? List.copyOf(pairs.keySet()) : List.of();
    Map<String, ColumnAlignment> alignments = new LinkedHashMap<>();
    keys.forEach(column -> alignments.put(column, alignment(column, "key column")));
    if (order != null) {
      alignments.putIfAbsent(order, alignment(order, "order column"));
    }
    updated.forEach(column -> alignments.putIfAbsent(column, alignment(column, "updated column")));
    inserted.forEach(
        column -> alignments.putIfAbsent(column, alignment(column, "inserted column")));
    String marker = sourceMarker == null ? null : alignMarker(sourceMarker, alignments);
    return new MergeSchema(
        keys,
        List.copyOf(alignments.values()),
        updated,
        inserted,
        order,
        marker,
        request.deleteMarker() == null ? null : request.deleteMarker().value(),
        requiredColumns(),
        newTarget ? new Schema(newFields()) : null);
  }

  private boolean updates() {
    return request.matched() == MatchedAction.UPDATE;
  }

  private boolean inserts() {
    return request.notMatched() == NotMatchedAction.INSERT;
  }

  /** Finds the target column of every source column. */
  private void pair(boolean writes) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String sourceName : sourceNames.names()) {
      String targetName = targetNames.find(sourceName);
      if (targetName == null) {
        if (writes && !sourceName.equals(sourceMarker)) {
          throw new MergeException.BadData(
              "The target has no column '" + sourceName + "', which the source has.",
              "Leave the column out of the source, or rename it. "
                  + targetNames.remedy(sourceName));
        }
        continue;
      }
      String other = found.put(targetName, sourceName);
      if (other != null) {
        throw new MergeException.BadData(
            "Columns '"
                + other
                + "' and '"
                + sourceName
                + "' of the source both fit '"
                + targetName
                + "'.",
            "Rename one of them, or match names exactly.");
      }
    }
    for (String targetName : targetColumns.keySet()) {
      String sourceName = found.get(targetName);
      if (sourceName != null) {
        pairs.put(targetName, sourceName);
      }
    }
  }

  private String key(String name) {
    return existing(name, "key column");
  }

  private String order(String name) {
    return existing(name, "order column");
  }

  /** Returns the target's name of a column that both sides must have. */
  private String existing(String name, String role) {
    String target = targetNames.require(name, role);
    if (!pairs.containsKey(target)) {
      sourceNames.require(name, role);
      throw new MergeException.BadData(
          "The source has no column that fits the " + role + " '" + target + "'.",
          "Check the names on both sides.");
    }
    return target;
  }

  private List<String> updatedColumns(List<String> keys) {
    UpdateColumns asked = request.updateColumns();
    Set<String> named = new HashSet<>();
    for (String name : asked.columns()) {
      String column =
          targetNames.require(
              name, asked instanceof UpdateColumns.Only ? "column to update" : "column to keep");
      if (asked instanceof UpdateColumns.Only) {
        checkUpdatable(column, keys);
      }
      named.add(column);
    }
    List<String> updated = new ArrayList<>();
    for (String column : pairs.keySet()) {
      boolean wanted = named.contains(column) == asked instanceof UpdateColumns.Only;
      if (wanted && !keys.contains(column)) {
        updated.add(column);
      }
    }
    return updated;
  }

  private void checkUpdatable(String column, List<String> keys) {
    if (keys.contains(column)) {
      throw new MergeException.InvalidRequest(
          "Column '" + column + "' is part of the key and cannot be updated.",
          "Leave it out of the columns to update.");
    }
    if (!pairs.containsKey(column)) {
      throw new MergeException.BadData(
          "The source has no column '" + column + "', which shall be updated.",
          sourceNames.remedy(column));
    }
  }

  private ColumnAlignment alignment(String column, String role) {
    TargetColumn target = targetColumns.get(column);
    String sourceName = pairs.get(column);
    if (target == null || sourceName == null) {
      throw new IllegalStateException("Column " + column + " is not paired");
    }
    if (target.field() == null) {
      throw new MergeException.BadData(
          "Column '"
              + column
              + "' ("
              + role
              + ") has a nested or unknown type in the target, which Keymerge carries over but cannot change.",
          "Leave the column out of the source.");
    }
    readable(sourceName);
    return new ColumnAlignment(sourceName, nullable(target.field()));
  }

  private Field readable(String sourceName) {
    return source
        .column(sourceName)
        .orElseThrow(
            () ->
                new MergeException.BadData(
                    "Column '"
                        + sourceName
                        + "' of the source is "
                        + source.unreadable().getOrDefault(sourceName, "of an unknown type")
                        + ", which Keymerge cannot merge.",
                    "Leave the column out of the source."));
  }

  /**
   * Returns the field with nulls allowed: whether a null may be written is known only once the row
   * is, since rows that carry the delete marker often have nothing but their key.
   */
  private static Field nullable(Field field) {
    return new Field(field.getName(), FieldType.nullable(field.getType()), field.getChildren());
  }

  /**
   * Makes the marker's column readable; a marker that the target lacks keeps its own name and type.
   */
  private String alignMarker(String name, Map<String, ColumnAlignment> alignments) {
    String target = targetNames.find(name);
    if (target != null && pairs.containsKey(target)) {
      alignments.putIfAbsent(target, alignment(target, "delete marker"));
      return target;
    }
    alignments.put(name, new ColumnAlignment(name, nullable(ArrowTypes.canonical(readable(name)))));
    return name;
  }

  private Set<String> requiredColumns() {
    Set<String> required = new HashSet<>();
    targetColumns.values().stream()
        .filter(TargetColumn::required)
        .forEach(column -> required.add(column.name()));
    return Set.copyOf(required);
  }

  private List<TargetColumn> newColumns() {
    List<TargetColumn> columns = new ArrayList<>();
    for (String name : sourceNames.names()) {
      if (!name.equals(sourceMarker)) {
        Field field = readable(name);
        Field canonical = ArrowTypes.canonical(field);
        columns.add(new TargetColumn(field.getName(), canonical, !canonical.isNullable()));
      }
    }
    return columns;
  }

  private List<Field> newFields() {
    List<Field> fields = new ArrayList<>();
    for (TargetColumn column : targetColumns.values()) {
      Field field = column.field();
      if (field != null) {
        fields.add(
            new Field(
                column.name(),
                new FieldType(!column.required(), field.getType(), null),
                field.getChildren()));
      }
    }
    return fields;
  }
}
