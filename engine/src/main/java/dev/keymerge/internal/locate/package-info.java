/** Finds the target rows whose keys the source has, reading key columns only. */
@NullMarked
package dev.keymerge.internal.locate;

import org.jspecify.annotations.NullMarked;
