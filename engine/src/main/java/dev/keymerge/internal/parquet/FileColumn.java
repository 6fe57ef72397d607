package dev.keymerge.internal.parquet;

import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Describes one top-level column of a Parquet file. Immutable.
 *
 * @param name its name, as the file spells it
 * @param firstLeaf index of its first leaf among all leaves of the file
 * @param leaves number of its leaves; 1 for a flat column, 0 for a group without fields
 * @param arrow the Arrow field that its values are read as; null for a column that is nested,
 *     repeated or of a type that is not known, which can only be carried over as it is
 * @param required whether the file declares that no row is without it
 */
public record FileColumn(
    String name, int firstLeaf, int leaves, @Nullable Field arrow, boolean required) {}
