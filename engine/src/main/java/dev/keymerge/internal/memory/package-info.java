/** Counts and caps the memory that the engine holds. */
@NullMarked
package dev.keymerge.internal.memory;

import org.jspecify.annotations.NullMarked;
