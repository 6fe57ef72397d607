package dev.keymerge.internal.plan;

import org.apache.arrow.vector.types.pojo.Field;

/**
 * Ties a column of the source to the name and the type that it has in the target.
 *
 * @param sourceName name of the column in the source, to the letter
 * @param targetField name and canonical Arrow type in the target; fetching a null fails unless the
 *     field is nullable
 */
public record ColumnAlignment(String sourceName, Field targetField) {}
