/**
 * Makes whole merges at random, data and rules, from one number, so that any failure can be had
 * again by that number.
 */
@NullMarked
package dev.keymerge.testdata.cases;

import org.jspecify.annotations.NullMarked;
