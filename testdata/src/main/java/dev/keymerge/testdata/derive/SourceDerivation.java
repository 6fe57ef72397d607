package dev.keymerge.testdata.derive;

import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.RowSink;
import dev.keymerge.testdata.row.StableHash;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Derives the rows of a source from the rows of a target.
 *
 * <p>Each target row, or each run of rows with one value in the grouping column, gets one role: it
 * is sent with changed values, sent as it is, sent as a deletion, or not sent. Independently, it
 * may be the model of a new row with a new key, and what is sent may be sent twice. Roles depend on
 * seed and key alone, or on the position in the target when they are clustered; so rows of any
 * number can stream through, and the same settings give the same source.
 *
 * <p>Immutable, usable from any thread.
 */
public final class SourceDerivation {

  /** Gives a row, which it may alter, a key that no row of the target has. */
  @FunctionalInterface
  public interface NewKey {
    /** Alters the key of a copied row; the hash is the same for all rows of a group. */
    void assign(@Nullable Object[] row, long hash);
  }

  /** Alters the payload of a copied row that is to be an update. */
  @FunctionalInterface
  public interface RowChange {
    /** Alters values of a row; the hash is the same for all rows of a group. */
    void apply(@Nullable Object[] row, long hash);
  }

  /** Text in the marker column of rows that update. */
  public static final String UPDATE_MARK = "U";

  /** Text in the marker column of rows that are new. */
  public static final String INSERT_MARK = "I";

  /** Text in the marker column of rows that delete. */
  public static final String DELETE_MARK = "D";

  private static final long ROLE_SALT = 1;
  private static final long INSERT_SALT = 2;
  private static final long DUPLICATE_SALT = 3;
  private static final long CHANGE_SALT = 4;

  private final Builder settings;
  private final TableSchema sourceSchema;
  private final int[] groupPositions;
  private final RowChange change;

  private SourceDerivation(Builder settings) {
    this.settings = settings;
    String marker = settings.markerColumn;
    this.sourceSchema =
        marker == null
            ? settings.schema
            : settings.schema.plus(Column.required(marker, LogicalType.STRING));
    List<String> groupColumns =
        settings.groupColumn == null ? settings.keyColumns : List.of(settings.groupColumn);
    this.groupPositions = groupColumns.stream().mapToInt(settings.schema::position).toArray();
    this.change = settings.change == null ? nearbyValues(settings) : settings.change;
  }

  /** Starts from a derivation that sends nothing. */
  public static Builder of(TableSchema targetSchema, String... keyColumns) {
    return new Builder(targetSchema, List.of(keyColumns));
  }

  private static RowChange nearbyValues(Builder settings) {
    List<String> names =
        settings.changedColumns.isEmpty() ? settings.schema.names() : settings.changedColumns;
    List<Integer> positions = new ArrayList<>();
    for (String name : names) {
      if (!settings.keyColumns.contains(name)) {
        positions.add(settings.schema.position(name));
      }
    }
    return (row, hash) -> {
      for (int position : positions) {
        LogicalType type = settings.schema.column(position).type();
        row[position] = ValueChange.changed(row[position], type, hash);
      }
    };
  }

  /** Tells the columns of the source: the target's, and the marker column if there is one. */
  public TableSchema sourceSchema() {
    return sourceSchema;
  }

  /** Hands the source's rows to a sink, in the order of the target rows they come from. */
  public void derive(Iterable<@Nullable Object[]> target, RowSink sink) throws IOException {
    long position = 0;
    @Nullable Object @Nullable [] previous = null;
    double place = 0;
    for (@Nullable Object[] row : target) {
      if (previous == null || !sameGroup(previous, row)) {
        place = settings.targetRows == 0 ? 0 : (double) position / settings.targetRows;
      }
      derive(row, place, sink);
      previous = row;
      position++;
    }
  }

  private boolean sameGroup(@Nullable Object[] left, @Nullable Object[] right) {
    for (int position : groupPositions) {
      if (!Objects.equals(left[position], right[position])) {
        return false;
      }
    }
    return true;
  }

  private void derive(@Nullable Object[] row, double place, RowSink sink) throws IOException {
    long group = settings.seed;
    for (int position : groupPositions) {
      group = StableHash.of(row[position], group);
    }
    deriveExisting(row, group, choice(group, ROLE_SALT, place), sink);
    if (choice(group, INSERT_SALT, place) < settings.inserts) {
      @Nullable Object[] added = copy(row, INSERT_MARK);
      Objects.requireNonNull(settings.newKey).assign(added, StableHash.of(INSERT_SALT, group));
      send(added, group, sink);
    }
  }

  private void deriveExisting(@Nullable Object[] row, long group, double choice, RowSink sink)
      throws IOException {
    if (choice < settings.updates) {
      @Nullable Object[] changed = copy(row, UPDATE_MARK);
      change.apply(changed, StableHash.of(CHANGE_SALT, group));
      send(changed, group, sink);
    } else if (choice < settings.updates + settings.deletes) {
      send(copy(row, DELETE_MARK), group, sink);
    } else if (choice < settings.updates + settings.deletes + settings.unchanged) {
      send(copy(row, UPDATE_MARK), group, sink);
    }
  }

  /** Gives the fraction that is compared with rates: from the hash, or from the place. */
  private double choice(long group, long salt, double place) {
    if (settings.targetRows == 0) {
      return StableHash.fraction(StableHash.of(salt, group));
    }
    return place < settings.clusterStart ? 1 : place - settings.clusterStart;
  }

  private @Nullable Object[] copy(@Nullable Object[] row, String mark) {
    @Nullable Object[] copy = Arrays.copyOf(row, sourceSchema.size());
    if (settings.markerColumn != null) {
      copy[row.length] = mark;
    }
    return copy;
  }

  private void send(@Nullable Object[] row, long group, RowSink sink) throws IOException {
    sink.accept(row);
    if (StableHash.fraction(StableHash.of(DUPLICATE_SALT, group)) < settings.duplicates) {
      @Nullable Object[] again = row.clone();
      change.apply(again, StableHash.of(DUPLICATE_SALT, group));
      sink.accept(again);
    }
  }

  /** Collects the settings of a derivation. Not thread-safe. */
  public static final class Builder {
    private final TableSchema schema;
    private final List<String> keyColumns;
    private @Nullable String groupColumn;
    private @Nullable String markerColumn;
    private @Nullable NewKey newKey;
    private @Nullable RowChange change;
    private List<String> changedColumns = List.of();
    private double updates;
    private double unchanged;
    private double deletes;
    private double inserts;
    private double duplicates;
    private double clusterStart;
    private long targetRows;
    private long seed;

    private Builder(TableSchema schema, List<String> keyColumns) {
      this.schema = schema;
      this.keyColumns = keyColumns;
    }

    /** Gives all neighbouring rows with one value in this column the same role. */
    public Builder groupBy(String column) {
      this.groupColumn = column;
      return this;
    }

    /** Sends this part of the target rows with changed values. */
    public Builder updates(double rate) {
      this.updates = rate;
      return this;
    }

    /** Sends this part of the target rows as they are. */
    public Builder unchanged(double rate) {
      this.unchanged = rate;
      return this;
    }

    /** Sends this part of the target rows as deletions, marked in the named new column. */
    public Builder deletes(double rate, String marker) {
      this.deletes = rate;
      this.markerColumn = marker;
      return this;
    }

    /** Sends new rows, as many as this part of the target rows, modelled on existing ones. */
    public Builder inserts(double rate, NewKey key) {
      this.inserts = rate;
      this.newKey = key;
      return this;
    }

    /** Sends this part of all that is sent a second time, with other values. */
    public Builder duplicates(double rate) {
      this.duplicates = rate;
      return this;
    }

    /** Changes the named columns only, instead of all that are not keys. */
    public Builder changedColumns(String... names) {
      this.changedColumns = List.of(names);
      return this;
    }

    /** Changes rows in a way of the caller's, instead of moving values to nearby ones. */
    public Builder change(RowChange way) {
      this.change = way;
      return this;
    }

    /**
     * Takes rows from one stretch of the target instead of everywhere: in turn those to update, to
     * delete and to leave unchanged, and models of new rows from its beginning.
     *
     * @param start where the stretch begins, as a part of the target, from 0 to 1
     * @param rows number of rows in the target, about
     */
    public Builder clusteredAt(double start, long rows) {
      this.clusterStart = start;
      this.targetRows = rows;
      return this;
    }

    /** Chooses other rows. */
    public Builder seed(long number) {
      this.seed = number;
      return this;
    }

    /** Makes the derivation. */
    public SourceDerivation build() {
      if (updates + unchanged + deletes > 1 + 1e-9) {
        throw new IllegalArgumentException(
            "more rows are sent than there are: "
                + updates
                + " updates, "
                + deletes
                + " deletes, "
                + unchanged
                + " unchanged");
      }
      Builder copy = new Builder(schema, keyColumns);
      copy.groupColumn = groupColumn;
      copy.markerColumn = markerColumn;
      copy.newKey = newKey;
      copy.change = change;
      copy.changedColumns = changedColumns;
      copy.updates = updates;
      copy.unchanged = unchanged;
      copy.deletes = deletes;
      copy.inserts = inserts;
      copy.duplicates = duplicates;
      copy.clusterStart = clusterStart;
      copy.targetRows = targetRows;
      copy.seed = seed;
      return new SourceDerivation(copy);
    }
  }
}
