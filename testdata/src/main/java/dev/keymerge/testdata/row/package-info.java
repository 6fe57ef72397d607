/**
 * Models rows without any file format: logical types, columns, schemas, and the meaning of
 * equality, order and conversion of values, so that generators, readers and the reference merge
 * agree on them.
 */
@NullMarked
package dev.keymerge.testdata.row;

import org.jspecify.annotations.NullMarked;
