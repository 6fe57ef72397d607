package dev.keymerge.internal.job;

import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Describes one top-level column of the target to the schema resolver.
 *
 * @param name its name
 * @param field its Arrow type, or null if it is nested or of an unknown type and therefore only
 *     carried over
 * @param required whether it may not be null
 */
record TargetColumn(String name, @Nullable Field field, boolean required) {}
