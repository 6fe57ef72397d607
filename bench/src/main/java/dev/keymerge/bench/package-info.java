/** Measures the engine; each benchmark first proves that its results are right. */
@org.jspecify.annotations.NullMarked
package dev.keymerge.bench;
