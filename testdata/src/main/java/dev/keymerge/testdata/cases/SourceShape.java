package dev.keymerge.testdata.cases;

import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import dev.keymerge.testdata.row.ValueConversion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Turns a source with the target's columns into one that a stranger may have sent: some columns
 * missing, others in another order and of other types that hold the same values. Used once.
 */
final class SourceShape {

  private static final int MOST_FILES = 3;

  private final Random random;
  private final List<String> keyColumns;

  SourceShape(Random random, List<String> keyColumns) {
    this.random = random;
    this.keyColumns = keyColumns;
  }

  Table reshape(Table source) {
    List<Integer> kept = new ArrayList<>();
    boolean drops = random.nextDouble() < 0.25;
    for (int position = 0; position < source.schema().size(); position++) {
      String name = source.schema().column(position).name();
      boolean needed = keyColumns.contains(name) || name.equals(MergeCaseGenerator.MARKER_COLUMN);
      if (needed || !drops || random.nextDouble() < 0.7) {
        kept.add(position);
      }
    }
    if (random.nextBoolean()) {
      Collections.shuffle(kept, random);
    }
    List<@Nullable Object[]> rows = new ArrayList<>();
    source.allRows().forEach(row -> rows.add(new @Nullable Object[kept.size()]));
    List<Column> columns = new ArrayList<>();
    for (int position : kept) {
      columns.add(fill(source, position, columns.size(), rows));
    }
    return new Table(TableSchema.of(columns), split(rows));
  }

  /** Copies a column, in another type if one is drawn that holds all its values. */
  private Column fill(Table source, int from, int to, List<@Nullable Object[]> rows) {
    Column column = source.schema().column(from);
    LogicalType other = random.nextDouble() < 0.3 ? otherType(column.type()) : column.type();
    List<@Nullable Object> converted = converted(source, from, column.type(), other);
    for (int row = 0; row < rows.size(); row++) {
      rows.get(row)[to] = converted == null ? source.allRows().get(row)[from] : converted.get(row);
    }
    LogicalType type = converted == null ? column.type() : other;
    return new Column(column.name(), type, Column.Presence.NULLABLE);
  }

  private static @Nullable List<@Nullable Object> converted(
      Table source, int position, LogicalType from, LogicalType to) {
    Optional<ValueConversion> there = ValueConversion.between(from, to);
    Optional<ValueConversion> back = ValueConversion.between(to, from);
    if (there.isEmpty() || back.isEmpty()) {
      return null;
    }
    List<@Nullable Object> values = new ArrayList<>();
    for (@Nullable Object[] row : source.allRows()) {
      Object value = row[position];
      Optional<Object> other = value == null ? Optional.empty() : there.get().convert(value);
      if (value != null && other.isEmpty()) {
        return null;
      }
      values.add(other.orElse(null));
    }
    return values;
  }

  private LogicalType otherType(LogicalType type) {
    TickUnit unit = TickUnit.values()[random.nextInt(TickUnit.values().length)];
    return switch (type.kind()) {
      case INT8, INT16, INT32, UINT8, UINT16 ->
          random.nextBoolean() ? LogicalType.INT64 : LogicalType.decimal(12, 2);
      case INT64, UINT32, UINT64 -> LogicalType.decimal(20, 0);
      case FLOAT -> LogicalType.DOUBLE;
      case DOUBLE -> LogicalType.FLOAT;
      case DECIMAL ->
          LogicalType.decimal(
              Math.min(LogicalType.MAX_DECIMAL_PRECISION, type.precision() + 3),
              Math.min(LogicalType.MAX_DECIMAL_PRECISION, type.scale() + 1));
      case TIME -> LogicalType.time(unit);
      case TIMESTAMP -> LogicalType.timestamp(unit);
      case TIMESTAMP_ZONED -> LogicalType.timestampZoned(unit);
      case FIXED_BINARY -> LogicalType.BINARY;
      case BOOLEAN, DATE, STRING, BINARY -> type;
    };
  }

  private List<List<@Nullable Object[]>> split(List<@Nullable Object[]> rows) {
    List<List<@Nullable Object[]>> files = new ArrayList<>();
    int count = 1 + random.nextInt(MOST_FILES);
    for (int file = 0; file < count; file++) {
      files.add(rows.subList(rows.size() * file / count, rows.size() * (file + 1) / count));
    }
    return files;
  }
}
