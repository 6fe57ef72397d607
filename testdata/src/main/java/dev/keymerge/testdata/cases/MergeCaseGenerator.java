package dev.keymerge.testdata.cases;

import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import dev.keymerge.testdata.row.ValueOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Draws the data of a merge case: few keys, so that they meet; payloads that mostly repeat what the
 * target has, so that rows are unchanged; and now and then everything that is allowed. Used once.
 */
final class MergeCaseGenerator {

  static final String ORDER_COLUMN = "version";
  static final String MARKER_COLUMN = "op";
  static final String DELETE_MARK = "D";

  private static final int MOST_KEYS = 120;
  private static final int MOST_KEYS_OF_LARGE_CASES = 3000;
  private static final long[] EXTREME_TICKS = {
    Long.MIN_VALUE, Long.MIN_VALUE + 1, -1, 0, 1, Long.MAX_VALUE
  };
  private static final int MOST_FILES = 4;
  private static final int MOST_PAYLOAD_COLUMNS = 6;
  private static final double NULL_RATE = 0.08;

  /** One case of so many has extreme points in time. */
  private static final int EXTREME_CASES = 10;

  private final long seed;
  private final Random random;
  private final RandomValues values;

  private final List<String> keyColumns = new ArrayList<>();
  private final List<Column> columns = new ArrayList<>();
  private final boolean extreme;
  private boolean ordered;
  private boolean marked;

  MergeCaseGenerator(long seed) {
    this.seed = seed;
    this.random = new Random(seed);
    this.values = new RandomValues(random);
    // Generators whose seeds are neighbours begin alike, so the first draw must decide nothing.
    random.nextDouble();
    this.extreme = new SplittableRandom(seed).nextInt(EXTREME_CASES) == 0;
  }

  private int mostKeys() {
    return chance(0.03) ? MOST_KEYS_OF_LARGE_CASES : MOST_KEYS;
  }

  private boolean chance(double rate) {
    return random.nextDouble() < rate;
  }

  MergeCase generate() {
    drawColumns();
    TableSchema schema = TableSchema.of(columns);
    List<@Nullable Object[]> keys = rows(schema.select(keyColumns), 1 + random.nextInt(mostKeys()));
    Table target = drawTarget(schema, keys);
    Table source = new SourceShape(random, keyColumns).reshape(drawSource(target, keys));
    Table existing =
        target.files().isEmpty() ? Table.empty(createdSchema(source.schema())) : target;
    RandomRules rules = new RandomRules(random, keyColumns, existing.schema(), source.schema());
    return new MergeCase(
        seed,
        existing,
        source,
        rules.draw(ordered && source.schema().has(ORDER_COLUMN), marked),
        RandomLayouts.draw(random, existing.schema()),
        RandomLayouts.draw(random, source.schema()));
  }

  /** Gives the columns of a target that the merge makes: all of the source's but the marker. */
  private TableSchema createdSchema(TableSchema source) {
    return marked
        ? source.select(
            source.names().stream().filter(name -> !name.equals(MARKER_COLUMN)).toList())
        : source;
  }

  private void drawColumns() {
    int keys = chance(0.6) ? 1 : 1 + random.nextInt(3);
    for (int key = 0; key < keys; key++) {
      keyColumns.add("key_" + key);
      columns.add(column("key_" + key, chance(0.5) ? LogicalType.INT64 : values.type()));
    }
    int payload = random.nextInt(MOST_PAYLOAD_COLUMNS + 1);
    for (int number = 0; number < payload; number++) {
      columns.add(column("payload_" + number, values.type()));
    }
    ordered = chance(0.25);
    if (ordered) {
      LogicalType[] types = {
        LogicalType.INT32,
        LogicalType.DOUBLE,
        LogicalType.STRING,
        LogicalType.decimal(6, 2),
        LogicalType.timestampZoned(TickUnit.MICROS)
      };
      columns.add(Column.nullable(ORDER_COLUMN, types[random.nextInt(types.length)]));
    }
    marked = chance(0.25);
    if (marked && chance(0.3)) {
      columns.add(Column.nullable(MARKER_COLUMN, LogicalType.STRING));
    }
    Collections.shuffle(columns, random);
  }

  private Column column(String name, LogicalType type) {
    return chance(0.2) ? Column.required(name, type) : Column.nullable(name, type);
  }

  private Table drawTarget(TableSchema schema, List<@Nullable Object[]> keys) {
    List<@Nullable Object[]> present = new ArrayList<>();
    boolean repeats = chance(0.2);
    for (@Nullable Object[] key : distinct(keys)) {
      int times = chance(0.7) ? 1 : 0;
      times += repeats && chance(0.3) ? 1 : 0;
      for (int time = 0; time < times; time++) {
        present.add(row(schema, key));
      }
    }
    if (chance(0.5)) {
      int position = schema.position(keyColumns.get(0));
      present.sort(Comparator.comparing(row -> row[position], ValueOrder.NULLS_FIRST));
    } else {
      Collections.shuffle(present, random);
    }
    List<List<@Nullable Object[]>> files = new ArrayList<>();
    int count = random.nextInt(MOST_FILES + 1);
    for (int file = 0; file < count; file++) {
      int from = present.size() * file / count;
      int to = present.size() * (file + 1) / count;
      files.add(List.copyOf(present.subList(from, to)));
    }
    return new Table(schema, files);
  }

  private List<@Nullable Object[]> rows(TableSchema schema, int count) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      rows.add(schema.columns().stream().map(this::draw).toArray());
    }
    return rows;
  }

  /** Draws a value or null; in cases of extremes, points in time that few calendars know. */
  private @Nullable Object draw(Column column) {
    boolean isTimestamp =
        switch (column.type().kind()) {
          case TIMESTAMP, TIMESTAMP_ZONED -> true;
          default -> false;
        };
    if (isTimestamp && extreme && chance(0.2)) {
      return EXTREME_TICKS[random.nextInt(EXTREME_TICKS.length)];
    }
    return values.valueOrNull(column, NULL_RATE);
  }

  private static List<@Nullable Object[]> distinct(List<@Nullable Object[]> keys) {
    Map<List<@Nullable Object>, @Nullable Object[]> distinct = new LinkedHashMap<>();
    keys.forEach(key -> distinct.putIfAbsent(canonical(key), key));
    return List.copyOf(distinct.values());
  }

  /** Gives a key in a form whose equality is that of values. */
  private static List<@Nullable Object> canonical(@Nullable Object[] key) {
    List<@Nullable Object> canonical = new ArrayList<>();
    for (Object value : key) {
      canonical.add(value == null ? null : ValueOrder.canonical(value));
    }
    return canonical;
  }

  private List<@Nullable Object> keyOf(TableSchema schema, @Nullable Object[] row) {
    return canonical(keyColumns.stream().map(name -> row[schema.position(name)]).toArray());
  }

  private @Nullable Object[] row(TableSchema schema, @Nullable Object[] key) {
    @Nullable Object[] row = new @Nullable Object[schema.size()];
    for (int position = 0; position < row.length; position++) {
      int keyPosition = keyColumns.indexOf(schema.column(position).name());
      row[position] = keyPosition >= 0 ? key[keyPosition] : draw(schema.column(position));
    }
    return row;
  }

  /** Draws source rows of the target's columns, and the marker's if there is one. */
  private Table drawSource(Table target, List<@Nullable Object[]> keys) {
    TableSchema schema = target.schema();
    List<@Nullable Object[]> stored = target.allRows();
    List<@Nullable Object[]> rows = new ArrayList<>();
    boolean repeats = chance(0.4);
    Set<List<@Nullable Object>> sent = new HashSet<>();
    for (@Nullable Object[] key : repeats ? keys : distinct(keys)) {
      if (chance(0.3)) {
        rows.add(row(schema, key));
        sent.add(canonical(key));
      }
    }
    for (@Nullable Object[] row : stored) {
      if (chance(0.3) && (sent.add(keyOf(schema, row)) || repeats)) {
        rows.add(variation(schema, row));
      }
    }
    Collections.shuffle(rows, random);
    return marked ? marked(schema, rows) : Table.of(schema, rows);
  }

  /** Adds the marker column where there is none, and marks some rows. */
  private Table marked(TableSchema schema, List<@Nullable Object[]> rows) {
    boolean isNew = !schema.has(MARKER_COLUMN);
    TableSchema withMarker =
        isNew ? schema.plus(Column.nullable(MARKER_COLUMN, LogicalType.STRING)) : schema;
    int position = withMarker.position(MARKER_COLUMN);
    List<@Nullable Object[]> markedRows = new ArrayList<>();
    for (@Nullable Object[] row : rows) {
      @Nullable Object[] copy = Arrays.copyOf(row, withMarker.size());
      if (isNew || chance(0.3)) {
        copy[position] = mark();
      }
      markedRows.add(copy);
    }
    return Table.of(withMarker, markedRows);
  }

  private @Nullable String mark() {
    if (chance(0.3)) {
      return DELETE_MARK;
    }
    return chance(0.2) ? null : "U";
  }

  private @Nullable Object[] variation(TableSchema schema, @Nullable Object[] row) {
    @Nullable Object[] copy = row.clone();
    double changeRate = chance(0.5) ? 0 : 0.4;
    for (int position = 0; position < copy.length; position++) {
      if (!keyColumns.contains(schema.column(position).name()) && chance(changeRate)) {
        copy[position] = draw(schema.column(position));
      }
    }
    return copy;
  }
}
