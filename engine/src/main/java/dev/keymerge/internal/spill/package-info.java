/** Moves what does not fit into memory to disk and back: streams of checked blocks. */
@NullMarked
package dev.keymerge.internal.spill;

import org.jspecify.annotations.NullMarked;
