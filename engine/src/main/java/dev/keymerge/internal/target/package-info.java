/**
 * Knows the dataset that is merged into as it was at one moment: its files, its schema and its
 * statistics.
 */
@NullMarked
package dev.keymerge.internal.target;

import org.jspecify.annotations.NullMarked;
