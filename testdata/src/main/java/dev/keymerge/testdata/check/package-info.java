/**
 * Checks that what a Parquet file says about itself is true: sizes, page locations, statistics,
 * page indexes and bloom filters. Readers skip data on the strength of these, mostly without
 * noticing that they are wrong.
 */
@NullMarked
package dev.keymerge.testdata.check;

import org.jspecify.annotations.NullMarked;
