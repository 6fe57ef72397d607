/** Runs the stages of a merge in order and owns what they hold. */
@NullMarked
package dev.keymerge.internal.job;

import org.jspecify.annotations.NullMarked;
