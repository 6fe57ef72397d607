/**
 * Makes sources out of targets: which rows change, vanish, stay, repeat or are new is chosen by
 * rate and seed, row by row, so that tables of any size can be derived from.
 */
@NullMarked
package dev.keymerge.testdata.derive;

import org.jspecify.annotations.NullMarked;
