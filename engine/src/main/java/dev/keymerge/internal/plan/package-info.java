/** Holds the contracts and values through which the stages of a merge meet. */
@NullMarked
package dev.keymerge.internal.plan;

import org.jspecify.annotations.NullMarked;
