package dev.keymerge;

/**
 * Marks the source rows that delete their match instead of updating it, and that are never
 * inserted.
 *
 * @param column a source column; it is written only if the target has it too
 * @param value the text of the value that marks a row: {@code D}, {@code true}, {@code 1}
 */
public record DeleteMarker(String column, String value) {}
