package dev.keymerge.internal.parquet;

import org.jspecify.annotations.Nullable;

/**
 * States one entry of a leaf column: its levels and its physical value, in a form that can be
 * compared.
 *
 * @param repetition repetition level
 * @param definition definition level
 * @param value an {@link Integer}, a {@link Long} or the bytes in hexadecimal; null where the level
 *     says so
 */
record LeafEntry(int repetition, int definition, @Nullable Object value) {}
