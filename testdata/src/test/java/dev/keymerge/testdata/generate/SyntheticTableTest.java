package dev.keymerge.testdata.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.generate.SyntheticTable.Shape;
import dev.keymerge.testdata.parquet.NamedLayout;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SyntheticTableTest {

  private static final int ROWS = 20_000;

  @TempDir Path directory;

  private static Map<List<Object>, Integer> keys(KeyDistribution distribution) {
    Map<List<Object>, Integer> counts = new HashMap<>();
    for (long row = 0; row < ROWS; row++) {
      counts.merge(List.of(distribution.key(row, 5)), 1, Integer::sum);
    }
    return counts;
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyDistribution.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ZIPF", "ONE_KEY"})
  void keysAreUniqueWhereTheyShouldBe(KeyDistribution distribution) {
    assertThat(keys(distribution)).hasSize(ROWS);
  }

  @Test
  void skewedKeysRepeat() {
    assertThat(keys(KeyDistribution.ONE_KEY)).hasSize(1);
    assertThat(keys(KeyDistribution.ZIPF).get(List.<Object>of(1L))).isBetween(800, 1200);
  }

  @Test
  void clusteredKeysRunOnAndThenJump() {
    Set<Long> steps = new HashSet<>();
    for (long row = 1; row < ROWS; row++) {
      long previous = (Long) KeyDistribution.CLUSTERED.key(row - 1, 0)[0];
      long step = (Long) KeyDistribution.CLUSTERED.key(row, 0)[0] - previous;
      if (row % 1000 != 0) {
        assertThat(step).isEqualTo(1);
      } else {
        steps.add(step);
      }
    }
    assertThat(steps).allSatisfy(step -> assertThat(Math.abs(step)).isGreaterThan(1000));
  }

  @Test
  void theNarrowTableFollowsItsFormulas() {
    SyntheticTable table = SyntheticTable.of(Shape.NARROW, KeyDistribution.SEQUENTIAL, 0);

    assertThat(table.row(1234)).containsExactly(1234L, 1234 * 7.1 + 13.4, "112294", 234L);
  }

  @Test
  void theOtherTablesHaveTheColumnsTheirNamesSay() {
    assertThat(SyntheticTable.of(Shape.TWELVE_COLUMNS, KeyDistribution.UNIFORM, 0).schema().size())
        .isEqualTo(12);
    assertThat(SyntheticTable.of(Shape.HUNDRED_COLUMNS, KeyDistribution.UNIFORM, 0).schema().size())
        .isEqualTo(100);
  }

  static Stream<NamedLayout> layouts() {
    return NamedLayout.variety(300).stream();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyShapeIsTheSameInEveryLayout(NamedLayout layout) throws IOException {
    for (Shape shape : EnumSet.allOf(Shape.class)) {
      SyntheticTable table = SyntheticTable.of(shape, KeyDistribution.COMPOSITE, 1);
      List<Object[]> rows = new ArrayList<>();
      table.rows(0, 300).forEach(rows::add);

      List<Path> files = layout.write(directory.resolve(shape.name()), table.schema(), rows);

      assertThat(ParquetJavaTableReader.read(files).allRows().toArray(new Object[0][]))
          .isDeepEqualTo(rows.toArray(new Object[0][]));
    }
  }
}
