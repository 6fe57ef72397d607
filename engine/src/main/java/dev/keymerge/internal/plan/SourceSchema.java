package dev.keymerge.internal.plan;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Lists the columns of a source as the source has them, before anything is aligned or read.
 *
 * <p>Dictionary-encoded columns stand with the type of their values, and extension types with what
 * they are stored as; all else, units, widths and zones, is the source's own. No two columns,
 * readable or not, have one name. Immutable.
 *
 * @param columns columns of flat types in the source's order
 * @param unreadable columns that cannot be aligned, by name, with what they are, for messages:
 *     nested ones and unknown types
 */
public record SourceSchema(List<Field> columns, Map<String, String> unreadable) {
  /** Copies what it is given. */
  public SourceSchema {
    columns = List.copyOf(columns);
    unreadable = Map.copyOf(unreadable);
  }

  /** Returns the column named {@code name} to the letter, or empty. */
  public Optional<Field> column(String name) {
    return columns.stream().filter(field -> field.getName().equals(name)).findFirst();
  }
}
