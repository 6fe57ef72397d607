/** Runs the stages of a merge in order and owns every resource that they use. */
@NullMarked
package dev.keymerge.internal.job;

import org.jspecify.annotations.NullMarked;
