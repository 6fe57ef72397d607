/**
 * Merges rows into Parquet datasets by key columns, inside one memory limit, all or nothing.
 *
 * <p>Start at {@link dev.keymerge.MergeEngine}. Everything below {@code dev.keymerge.internal} may
 * change without notice.
 */
@NullMarked
package dev.keymerge;

import org.jspecify.annotations.NullMarked;
