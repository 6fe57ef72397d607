package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.check.ParquetFileCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Holds what other readers make of a sample or of its successor, and compares the two.
 *
 * @param name name of the file
 * @param byArrow what Arrow's C++ reader makes of it
 * @param byParquetJava what parquet-java makes of it
 * @param faults kinds of untrue statements in the file
 */
record SampleReadings(
    String name, FileReading byArrow, FileReading byParquetJava, Set<String> faults) {

  /** Samples that Arrow cannot read. */
  private static final Set<String> NOT_FOR_ARROW = Set.of("incorrect_map_schema.parquet");

  /**
   * Samples that parquet-java cannot read: its reader of the old LZ4 needs another library, and
   * chunks that are longer than they say are cut off, and a wrong checksum is one.
   */
  private static final Set<String> NOT_FOR_PARQUET_JAVA =
      Set.of(
          "hadoop_lz4_compressed.parquet",
          "hadoop_lz4_compressed_larger.parquet",
          "non_hadoop_lz4_compressed.parquet",
          "nation.dict-malformed.parquet",
          "rle-dict-uncompressed-corrupt-checksum.parquet");

  /** A sample whose chunks have no pages at all, which the check does not expect. */
  private static final Set<String> NOT_FOR_CHECK =
      Set.of("column_chunk_key_value_metadata.parquet");

  static SampleReadings of(Path file) {
    String name = file.getFileName().toString();
    Set<String> faults = new TreeSet<>();
    if (!NOT_FOR_PARQUET_JAVA.contains(name) && !NOT_FOR_CHECK.contains(name)) {
      try {
        ParquetFileCheck.violations(file)
            .forEach(fault -> faults.add(fault.replaceAll("\\d+", "n")));
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
    return new SampleReadings(
        name, FileReading.byArrow(file), FileReading.byParquetJava(file), faults);
  }

  /** Checks that rows are those of the original where they are not among some that changed. */
  void assertSameRowsExcept(Set<Integer> changed, SampleReadings original) {
    forEachReader(
        original,
        (now, before) -> {
          assertThat(now.rowsExcept(changed)).isEqualTo(before.rowsExcept(changed));
          for (int row : changed) {
            if (row < before.rows().size()) {
              assertThat(now.rows().get(row)).isNotEqualTo(before.rows().get(row));
            }
          }
        });
  }

  /** Checks that rows are those of the original without some. */
  void assertRowsGone(Set<Integer> deleted, SampleReadings original) {
    forEachReader(
        original, (now, before) -> assertThat(now.rows()).isEqualTo(before.rowsExcept(deleted)));
  }

  /** Checks that nothing is untrue in the file but what copied chunks brought with them. */
  void assertAsSoundAs(SampleReadings original) {
    List<String> added = new ArrayList<>(faults);
    added.removeAll(original.faults());
    assertThat(added).isEmpty();
  }

  private void forEachReader(SampleReadings original, Comparison comparison) {
    assertThat(original.byArrow().succeeds())
        .as(original.byArrow().failure())
        .isEqualTo(!NOT_FOR_ARROW.contains(name));
    assertThat(original.byParquetJava().succeeds())
        .as(original.byParquetJava().failure())
        .isEqualTo(!NOT_FOR_PARQUET_JAVA.contains(name));
    if (original.byArrow().succeeds()) {
      assertThat(byArrow.failure()).isEmpty();
      comparison.compare(byArrow, original.byArrow());
    }
    if (original.byParquetJava().succeeds()) {
      assertThat(byParquetJava.failure()).isEmpty();
      comparison.compare(byParquetJava, original.byParquetJava());
    }
  }

  /** Compares what one reader makes of a file and of its original. */
  @FunctionalInterface
  private interface Comparison {
    void compare(FileReading now, FileReading before);
  }
}
