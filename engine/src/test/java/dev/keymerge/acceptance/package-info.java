/** Holds whole merges against independent answers. */
@NullMarked
package dev.keymerge.acceptance;

import org.jspecify.annotations.NullMarked;
