/** Converts vectors between Arrow types without loss, or says which value does not fit. */
@NullMarked
package dev.keymerge.internal.scan.convert;

import org.jspecify.annotations.NullMarked;
