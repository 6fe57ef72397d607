/**
 * Finds out which matched rows really change, and writes successors of the files that hold them.
 */
@NullMarked
package dev.keymerge.internal.rewrite;

import org.jspecify.annotations.NullMarked;
