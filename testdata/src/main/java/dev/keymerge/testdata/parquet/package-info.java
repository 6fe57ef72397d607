/**
 * Writes rows as Parquet files in any layout that Parquet allows, and reads them back with
 * parquet-java's own strict reader.
 */
@NullMarked
package dev.keymerge.testdata.parquet;

import org.jspecify.annotations.NullMarked;
