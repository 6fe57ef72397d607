/**
 * Defines what a correct merge is: the rules, written out as a naive merge over plain Java
 * collections, with the rows, the counts and the failures that they must lead to.
 */
@NullMarked
package dev.keymerge.testdata.reference;

import org.jspecify.annotations.NullMarked;
