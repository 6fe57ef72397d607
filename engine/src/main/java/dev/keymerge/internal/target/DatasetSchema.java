package dev.keymerge.internal.target;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * States which columns all files of a target have.
 *
 * <p>Immutable.
 *
 * @param columns the top-level columns in the order of the first file
 */
public record DatasetSchema(List<Column> columns) {
  /**
   * Describes one top-level column.
   *
   * @param name its name to the letter
   * @param field its Arrow field, nullable unless every file declares it required; null if it is
   *     nested, repeated or of an unknown type, so that it can only be carried over
   * @param required whether every file declares that no row is without it
   */
  public record Column(String name, @Nullable Field field, boolean required) {}

  /** Copies the list. */
  public DatasetSchema {
    columns = List.copyOf(columns);
  }

  /** Returns the column named {@code name} to the letter, or empty. */
  public Optional<Column> column(String name) {
    return columns.stream().filter(column -> column.name().equals(name)).findFirst();
  }

  /**
   * Returns the flat columns as an Arrow schema, in order; columns that can only be carried over
   * are left out.
   */
  public Schema arrow() {
    return new Schema(columns.stream().map(Column::field).filter(field -> field != null).toList());
  }

  /** Returns the names of the columns that can only be carried over. */
  public Set<String> opaque() {
    return columns.stream()
        .filter(column -> column.field() == null)
        .map(Column::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Returns the names of the columns that every file declares required. */
  public Set<String> required() {
    return columns.stream()
        .filter(Column::required)
        .map(Column::name)
        .collect(Collectors.toUnmodifiableSet());
  }
}
