/**
 * Asks DuckDB, which knows nothing of this project, to read files and to work out what a merge must
 * give. Needs the DuckDB driver on the class path, which is an optional dependency.
 */
@NullMarked
package dev.keymerge.testdata.duckdb;

import org.jspecify.annotations.NullMarked;
