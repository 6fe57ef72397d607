package dev.keymerge.testdata.derive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.keymerge.testdata.generate.LineItems;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.reference.MergeCounts;
import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.reference.MergeRules.DuplicateKeys;
import dev.keymerge.testdata.reference.ReferenceMerge;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SourceDerivationTest {

  private static final int ROWS = 10_000;
  private static final Offset<Double> TWO_PERCENT = within(0.02);
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64),
          Column.nullable("first", LogicalType.INT32),
          Column.nullable("second", LogicalType.STRING));

  private static Table target() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (long id = 0; id < ROWS; id++) {
      rows.add(new @Nullable Object[] {id, id % 7, "text " + id % 13});
    }
    return Table.of(SCHEMA, rows);
  }

  private static Table source(SourceDerivation derivation, Table target) throws IOException {
    List<@Nullable Object[]> rows = new ArrayList<>();
    derivation.derive(target.allRows(), rows::add);
    return Table.of(derivation.sourceSchema(), rows);
  }

  private static double rate(long count) {
    return (double) count / ROWS;
  }

  private static void shiftKey(@Nullable Object[] row) {
    row[0] = (Long) row[0] + ROWS;
  }

  @Test
  void ratesComeOutInTheMergesCounts() throws IOException {
    SourceDerivation derivation =
        SourceDerivation.of(SCHEMA, "id")
            .updates(0.1)
            .unchanged(0.3)
            .deletes(0.2, "op")
            .inserts(0.05, (row, hash) -> shiftKey(row))
            .duplicates(0.5)
            .seed(3)
            .build();
    MergeRules rules =
        MergeRules.upsert("id")
            .withDeleteMarker("op", SourceDerivation.DELETE_MARK)
            .withDuplicates(DuplicateKeys.FIRST);

    MergeCounts counts =
        ReferenceMerge.merge(target(), source(derivation, target()), rules).counts();

    assertThat(rate(counts.updated())).isCloseTo(0.1, TWO_PERCENT);
    assertThat(rate(counts.unchanged())).isCloseTo(0.3, TWO_PERCENT);
    assertThat(rate(counts.deleted())).isCloseTo(0.2, TWO_PERCENT);
    assertThat(rate(counts.inserted())).isCloseTo(0.05, TWO_PERCENT);
    assertThat(rate(counts.duplicatesDropped())).isCloseTo(0.65 * 0.5, TWO_PERCENT);
    assertThat(counts.ignored()).isZero();
  }

  @Test
  void theSameSeedGivesTheSameSourceAndAnotherSeedAnother() throws IOException {
    SourceDerivation.Builder settings = SourceDerivation.of(SCHEMA, "id").updates(0.1);

    Object[][] first =
        source(settings.seed(1).build(), target()).allRows().toArray(new Object[0][]);
    Object[][] again =
        source(settings.seed(1).build(), target()).allRows().toArray(new Object[0][]);
    Object[][] other =
        source(settings.seed(2).build(), target()).allRows().toArray(new Object[0][]);

    assertThat(again).isDeepEqualTo(first);
    assertThat(Arrays.deepEquals(other, first)).isFalse();
  }

  @Test
  void onlyTheNamedColumnsChange() throws IOException {
    SourceDerivation derivation =
        SourceDerivation.of(SCHEMA, "id").updates(1).changedColumns("first").build();

    for (Object[] row : source(derivation, target()).allRows()) {
      long id = (Long) row[0];
      assertThat(row[1]).isEqualTo(id % 7 + 1);
      assertThat(row[2]).isEqualTo("text " + id % 13);
    }
  }

  @Test
  void clusteredRowsAreNeighbours() throws IOException {
    SourceDerivation derivation =
        SourceDerivation.of(SCHEMA, "id").updates(0.01).clusteredAt(0.5, ROWS).build();

    List<@Nullable Object[]> rows = source(derivation, target()).allRows();

    assertThat(rows).hasSize(100);
    assertThat(rows.get(0)[0]).isEqualTo(5000L);
    assertThat(rows.get(99)[0]).isEqualTo(5099L);
  }

  static Stream<LogicalType> types() {
    return AllTypes.types().stream();
  }

  @ParameterizedTest
  @MethodSource("types")
  void aChangedValueOfAnyTypeDiffersAndBelongsToTheType(LogicalType type) {
    RandomValues values = new RandomValues(new SplittableRandom(5));
    for (int draw = 0; draw < 200; draw++) {
      Object value = values.value(type);
      Object changed = ValueChange.changed(value, type, draw);
      assertThat(changed).isNotEqualTo(value).hasSameClassAs(value);
    }
    assertThat(ValueChange.changed(null, type, 1)).isNotNull();
  }

  @Test
  void changesOfOneDayChangeWholeOrdersInThreeColumnsAndAddNewOnes() throws IOException {
    LineItems items = LineItems.ofScale(0.002);
    List<@Nullable Object[]> rows = new ArrayList<>();
    items.rows().forEach(rows::add);
    Table target = Table.of(LineItems.SCHEMA, rows);
    MergeRules rules = MergeRules.upsert("l_orderkey", "l_linenumber");

    for (SourceDerivation derivation :
        List.of(
            LineItemChanges.clustered(items, 0.02, 0.01, 0.9),
            LineItemChanges.scattered(0.02, 0.01, 1))) {
      MergeCounts counts = ReferenceMerge.merge(target, source(derivation, target), rules).counts();
      assertThat((double) counts.updated() / rows.size()).isCloseTo(0.02, within(0.005));
      assertThat((double) counts.inserted() / rows.size()).isCloseTo(0.01, within(0.005));
      assertThat(counts.unchanged()).isZero();
      assertThat(counts.duplicatesDropped()).isZero();
    }
  }
}
