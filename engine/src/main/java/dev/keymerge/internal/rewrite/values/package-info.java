/** Brings values of source rows to the target rows that take them, in the target's order. */
@NullMarked
package dev.keymerge.internal.rewrite.values;

import org.jspecify.annotations.NullMarked;
