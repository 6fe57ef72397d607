/**
 * Turns key columns into canonical values that can be hashed, compared and held against statistics.
 */
@NullMarked
package dev.keymerge.internal.key;

import org.jspecify.annotations.NullMarked;
