/**
 * Writes rows as Arrow IPC files and streams, and reads Parquet through Arrow's own dataset
 * library. Needs the Arrow libraries on the class path, which are optional dependencies.
 */
@NullMarked
package dev.keymerge.testdata.arrow;

import org.jspecify.annotations.NullMarked;
