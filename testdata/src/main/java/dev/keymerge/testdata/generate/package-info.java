/**
 * Makes tables of known shape from seeds alone: TPC-H line items, benchmark tables, random values
 * of every type, keys of several distributions. The same seed gives the same rows everywhere.
 */
@NullMarked
package dev.keymerge.testdata.generate;

import org.jspecify.annotations.NullMarked;
