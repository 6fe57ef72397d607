/** Turns a command line into a merge, and what the merge says into text and JSON. */
@NullMarked
package dev.keymerge.cli;

import org.jspecify.annotations.NullMarked;
