/** Writes source rows that have no match in the target to new row groups and new files. */
@NullMarked
package dev.keymerge.internal.append;

import org.jspecify.annotations.NullMarked;
