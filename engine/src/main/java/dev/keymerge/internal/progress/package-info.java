/** Counts how far a merge has come and tells its listener without ever waiting for it. */
@NullMarked
package dev.keymerge.internal.progress;

import org.jspecify.annotations.NullMarked;
