/** Describes a dataset as its footers tell, and advises on what makes merges into it cheaper. */
@NullMarked
package dev.keymerge.internal.inspect;

import org.jspecify.annotations.NullMarked;
