/** Holds the distinct keys of the source, resolves duplicates among them, and finds them again. */
@NullMarked
package dev.keymerge.internal.index;

import org.jspecify.annotations.NullMarked;
