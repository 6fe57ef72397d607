/**
 * Feeds arbitrary bytes to everything that reads bytes.
 *
 * <p>Each fuzzer has a method {@code fuzzerTestOneInput}, which a coverage-guided driver calls with
 * inputs of its making and tests call with kept and random ones. An input is either the bytes to be
 * read, or a script of changes to a sound file whose lengths, offsets and checksums are mended
 * afterwards, so that what is wrong reaches deeper than the first check.
 */
@NullMarked
package dev.keymerge.fuzz;

import org.jspecify.annotations.NullMarked;
