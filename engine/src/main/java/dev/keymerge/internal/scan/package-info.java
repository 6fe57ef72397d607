/**
 * Turns every kind of source into rows that can be read as often as needed, in the types of the
 * target.
 */
@NullMarked
package dev.keymerge.internal.scan;

import org.jspecify.annotations.NullMarked;
