/** Reads and writes Parquet pages, chunks and footers. */
@NullMarked
package dev.keymerge.internal.parquet;

import org.jspecify.annotations.NullMarked;
