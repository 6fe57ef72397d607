package dev.keymerge.testdata.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.testdata.reference.MergeRules.Actions;
import dev.keymerge.testdata.reference.MergeRules.DuplicateKeys;
import dev.keymerge.testdata.reference.MergeRules.Matched;
import dev.keymerge.testdata.reference.MergeRules.NotMatched;
import dev.keymerge.testdata.reference.MergeRules.NotMatchedBySource;
import dev.keymerge.testdata.reference.MergeRules.NullKeys;
import dev.keymerge.testdata.reference.MergeRules.UpdateColumns;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReferenceMergeTest {

  private static final TableSchema ITEMS =
      TableSchema.of(
          Column.nullable("id", LogicalType.INT64),
          Column.nullable("name", LogicalType.STRING),
          Column.nullable("version", LogicalType.INT32));

  private static final TableSchema MARKED = ITEMS.plus(Column.nullable("op", LogicalType.STRING));

  /** Three files: 1 and 2; 3 twice; 5. */
  private static final Table TARGET =
      new Table(
          ITEMS,
          List.of(
              List.of(row(1L, "a", 10L), row(2L, "b", 10L)),
              List.of(row(3L, "c", 10L), row(3L, "c2", 30L)),
              List.<Object[]>of(row(5L, "e", null))));

  private static Object[] row(Object... values) {
    return values;
  }

  private static String text(List<Object[]> rows) {
    StringBuilder text = new StringBuilder();
    rows.forEach(row -> text.append(Arrays.toString(row)));
    return text.toString();
  }

  private static String text(ReferenceResult result) {
    StringBuilder text = new StringBuilder();
    result.files().forEach(rows -> text.append(text(rows)).append('|'));
    return text.append(text(result.inserted())).toString();
  }

  private static MergeRefusal.Kind refusal(Table target, Table source, MergeRules rules) {
    try {
      ReferenceMerge.merge(target, source, rules);
    } catch (MergeRefusal refusal) {
      return refusal.kind();
    }
    throw new AssertionError("the merge was not refused");
  }

  private record Case(String name, MergeRules rules, String rows, MergeCounts counts) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Source: 9 is new, 2 is changed, 3 hits two rows, 1 is the same. */
  static Stream<Case> strategies() {
    return Stream.of(
        new Case(
            "upsert",
            MergeRules.upsert("id"),
            "[1, a, 10][2, B, 11]|[3, c, 10][3, c, 10]|[5, e, null]|[9, i, 1]",
            new MergeCounts(4, 0, 1, 2, 2, 0, 0, 0, 5, 6)),
        new Case(
            "insert",
            MergeRules.insert("id"),
            "[1, a, 10][2, b, 10]|[3, c, 10][3, c2, 30]|[5, e, null]|[9, i, 1]",
            new MergeCounts(4, 0, 1, 0, 0, 0, 0, 3, 5, 6)),
        new Case(
            "update",
            MergeRules.update("id"),
            "[1, a, 10][2, B, 11]|[3, c, 10][3, c, 10]|[5, e, null]|",
            new MergeCounts(4, 0, 0, 2, 2, 0, 0, 1, 5, 5)),
        new Case(
            "delete",
            MergeRules.delete("id"),
            "||[5, e, null]|",
            new MergeCounts(4, 0, 0, 0, 0, 4, 0, 1, 5, 1)),
        new Case(
            "sync",
            MergeRules.sync("id"),
            "[1, a, 10][2, B, 11]|[3, c, 10][3, c, 10]||[9, i, 1]",
            new MergeCounts(4, 0, 1, 2, 2, 1, 0, 0, 5, 5)),
        new Case(
            "upsert by version",
            MergeRules.upsert("id").withOrderColumn("version"),
            "[1, a, 10][2, B, 11]|[3, c, 10][3, c2, 30]|[5, e, null]|[9, i, 1]",
            new MergeCounts(4, 0, 1, 1, 2, 0, 1, 0, 5, 6)),
        new Case(
            "delete by version",
            MergeRules.delete("id").withOrderColumn("version"),
            "|[3, c2, 30]|[5, e, null]|",
            new MergeCounts(4, 0, 0, 0, 0, 3, 1, 1, 5, 2)),
        new Case(
            "update of the version only",
            MergeRules.upsert("id").withUpdateColumns(UpdateColumns.only("version")),
            "[1, a, 10][2, b, 11]|[3, c, 10][3, c2, 10]|[5, e, null]|[9, i, 1]",
            new MergeCounts(4, 0, 1, 2, 2, 0, 0, 0, 5, 6)),
        new Case(
            "update of all but the version",
            MergeRules.upsert("id").withUpdateColumns(UpdateColumns.except("version")),
            "[1, a, 10][2, B, 10]|[3, c, 10][3, c, 30]|[5, e, null]|[9, i, 1]",
            new MergeCounts(4, 0, 1, 2, 2, 0, 0, 0, 5, 6)));
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void strategiesGiveTheRowsAndCountsWorkedOutByHand(Case expected) {
    Table source =
        Table.of(ITEMS, row(9L, "i", 1L), row(2L, "B", 11L), row(3L, "c", 10L), row(1L, "a", 10L));

    ReferenceResult result = ReferenceMerge.merge(TARGET, source, expected.rules());

    assertThat(text(result)).isEqualTo(expected.rows());
    assertThat(result.counts()).isEqualTo(expected.counts());
  }

  @Test
  void onlyFilesWithAChangedRowCountAsChanged() {
    Table source = Table.of(ITEMS, row(1L, "a", 10L), row(5L, "E", null));

    ReferenceResult result = ReferenceMerge.merge(TARGET, source, MergeRules.upsert("id"));

    assertThat(result.changedFiles()).containsExactly(2);
  }

  @Test
  void duplicatesAreRefusedWhetherTheirKeyMatchesOrNot() {
    Table matching = Table.of(ITEMS, row(1L, "x", 1L), row(1L, "y", 1L));
    Table other = Table.of(ITEMS, row(8L, "x", 1L), row(8L, "x", 1L));

    assertThat(refusal(TARGET, matching, MergeRules.upsert("id")))
        .isEqualTo(MergeRefusal.Kind.DUPLICATE_KEY);
    assertThat(refusal(TARGET, other, MergeRules.delete("id")))
        .isEqualTo(MergeRefusal.Kind.DUPLICATE_KEY);
  }

  @Test
  void firstAndLastKeepOneRowAndInsertItAtItsOwnPlace() {
    Table source =
        Table.of(ITEMS, row(7L, "x", 1L), row(8L, "y", 1L), row(7L, "z", 1L), row(7L, "w", 0L));
    Table empty = Table.empty(ITEMS);

    ReferenceResult first =
        ReferenceMerge.merge(
            empty, source, MergeRules.upsert("id").withDuplicates(DuplicateKeys.FIRST));
    ReferenceResult last =
        ReferenceMerge.merge(
            empty, source, MergeRules.upsert("id").withDuplicates(DuplicateKeys.LAST));
    ReferenceResult greatest =
        ReferenceMerge.merge(
            empty,
            source,
            MergeRules.upsert("id").withOrderColumn("version").withDuplicates(DuplicateKeys.LAST));

    assertThat(text(first)).isEqualTo("[7, x, 1][8, y, 1]");
    assertThat(text(last)).isEqualTo("[8, y, 1][7, w, 0]");
    assertThat(text(greatest)).isEqualTo("[8, y, 1][7, z, 1]");
    assertThat(last.counts()).isEqualTo(new MergeCounts(4, 2, 2, 0, 0, 0, 0, 0, 0, 2));
  }

  @Test
  void onlyTiesForTheGreatestOrderValueAreDuplicates() {
    MergeRules rules = MergeRules.upsert("id").withOrderColumn("version");
    Table clear =
        Table.of(ITEMS, row(1L, "x", 1L), row(1L, "y", 1L), row(1L, "z", null), row(1L, "w", 20L));
    Table tied = Table.of(ITEMS, row(1L, "x", 20L), row(1L, "y", 20L));

    assertThat(text(ReferenceMerge.merge(TARGET, clear, rules).files().get(0)))
        .isEqualTo("[1, w, 20][2, b, 10]");
    assertThat(refusal(TARGET, tied, rules)).isEqualTo(MergeRefusal.Kind.DUPLICATE_KEY);
  }

  @Test
  void aNullOrderValueLosesToEveryOtherAndTiesWithNull() {
    MergeRules rules = MergeRules.upsert("id").withOrderColumn("version");
    Table source = Table.of(ITEMS, row(1L, "A", null), row(5L, "E", null));

    ReferenceResult result = ReferenceMerge.merge(TARGET, source, rules);

    assertThat(result.counts()).isEqualTo(new MergeCounts(2, 0, 0, 1, 0, 0, 1, 0, 5, 5));
    assertThat(text(result.files().get(2))).isEqualTo("[5, E, null]");
  }

  @Test
  void markedRowsDeleteTheirMatchAndAreNeverInserted() {
    Table source =
        Table.of(
            MARKED,
            row(1L, null, null, "D"),
            row(2L, "B", 12L, "U"),
            row(8L, "x", 1L, "D"),
            row(9L, "y", 1L, null));
    MergeRules rules = MergeRules.upsert("id").withDeleteMarker("op", "D");

    ReferenceResult result = ReferenceMerge.merge(TARGET, source, rules);

    assertThat(text(result)).isEqualTo("[2, B, 12]|[3, c, 10][3, c2, 30]|[5, e, null]|[9, y, 1]");
    assertThat(result.counts()).isEqualTo(new MergeCounts(4, 0, 1, 1, 0, 1, 0, 1, 5, 5));
  }

  @Test
  void aMarkedRowThatIsOlderThanTheStoredRowDeletesNothing() {
    Table source = Table.of(MARKED, row(3L, null, 20L, "D"));
    MergeRules rules =
        MergeRules.upsert("id").withDeleteMarker("op", "D").withOrderColumn("version");

    ReferenceResult result = ReferenceMerge.merge(TARGET, source, rules);

    assertThat(text(result.files().get(1))).isEqualTo("[3, c2, 30]");
    assertThat(result.counts()).isEqualTo(new MergeCounts(1, 0, 0, 0, 0, 1, 1, 0, 5, 4));
  }

  @Test
  void theMarkerColumnIsWrittenWhereTheTargetHasIt() {
    Table target = Table.of(MARKED, row(1L, "a", 1L, "I"));
    Table source = Table.of(MARKED, row(1L, "a", 1L, "U"), row(2L, "b", 1L, "I"));

    ReferenceResult result =
        ReferenceMerge.merge(target, source, MergeRules.upsert("id").withDeleteMarker("op", "D"));

    assertThat(text(result)).isEqualTo("[1, a, 1, U]|[2, b, 1, I]");
  }

  @Test
  void aMarkedMatchThatIsToBeKeptIsIgnored() {
    Table source = Table.of(MARKED, row(1L, null, null, "D"), row(8L, null, null, "D"));

    ReferenceResult result =
        ReferenceMerge.merge(TARGET, source, MergeRules.insert("id").withDeleteMarker("op", "D"));

    assertThat(result.counts()).isEqualTo(new MergeCounts(2, 0, 0, 0, 0, 0, 0, 2, 5, 5));
  }

  @Test
  void forbiddenMatchesAndForbiddenUnmatchedRowsRefuseTheMerge() {
    MergeRules noMatch =
        MergeRules.of(new Actions(Matched.FAIL, NotMatched.INSERT, NotMatchedBySource.KEEP), "id");
    MergeRules noInsert =
        MergeRules.of(new Actions(Matched.UPDATE, NotMatched.FAIL, NotMatchedBySource.KEEP), "id");

    assertThat(refusal(TARGET, Table.of(ITEMS, row(1L, "a", 10L), row(9L, "a", 1L)), noMatch))
        .isEqualTo(MergeRefusal.Kind.MATCHED);
    assertThat(refusal(TARGET, Table.of(ITEMS, row(1L, "a", 10L), row(9L, "a", 1L)), noInsert))
        .isEqualTo(MergeRefusal.Kind.NOT_MATCHED);
  }

  static Stream<Arguments> nullKeyPolicies() {
    return Stream.of(
        Arguments.of(
            NullKeys.MATCH,
            "[null, x, 1][1, a, 1]|",
            new MergeCounts(1, 0, 0, 1, 0, 0, 0, 0, 2, 2)),
        Arguments.of(
            NullKeys.NEVER,
            "[null, n, 1][1, a, 1]|[null, x, 1]",
            new MergeCounts(1, 0, 1, 0, 0, 0, 0, 0, 2, 3)));
  }

  @ParameterizedTest
  @MethodSource("nullKeyPolicies")
  void nullKeysMatchOnlyWhereTheyMay(NullKeys policy, String rows, MergeCounts counts) {
    Table target = Table.of(ITEMS, row(null, "n", 1L), row(1L, "a", 1L));
    Table source = Table.of(ITEMS, new Object[][] {row(null, "x", 1L)});

    ReferenceResult result =
        ReferenceMerge.merge(target, source, MergeRules.upsert("id").withNullKeys(policy));

    assertThat(text(result)).isEqualTo(rows);
    assertThat(result.counts()).isEqualTo(counts);
  }

  @Test
  void rowsWhoseNullKeysNeverMatchAreNobodysDuplicatesAndAreDeletedBySync() {
    Table target = Table.of(ITEMS, row(null, "n", 1L), row(1L, "a", 1L));
    Table source = Table.of(ITEMS, row(null, "x", 1L), row(1L, "a", 1L), row(null, "y", 1L));

    ReferenceResult result =
        ReferenceMerge.merge(target, source, MergeRules.sync("id").withNullKeys(NullKeys.NEVER));

    assertThat(text(result)).isEqualTo("[1, a, 1]|[null, x, 1][null, y, 1]");
    assertThat(result.counts()).isEqualTo(new MergeCounts(3, 0, 2, 0, 1, 1, 0, 0, 2, 3));
  }

  @Test
  void forbiddenNullKeysRefuseTheMergeOnEitherSide() {
    MergeRules rules = MergeRules.upsert("id", "version").withNullKeys(NullKeys.FAIL);
    Table good = Table.of(ITEMS, new Object[][] {row(1L, "a", 1L)});
    Table bad = Table.of(ITEMS, new Object[][] {row(1L, "a", null)});

    assertThat(refusal(good, bad, rules)).isEqualTo(MergeRefusal.Kind.NULL_KEY);
    assertThat(refusal(bad, good, rules)).isEqualTo(MergeRefusal.Kind.NULL_KEY);
  }

  @Test
  void compositeKeysMatchNullWithNullInEachComponent() {
    Table target = Table.of(ITEMS, row(1L, "a", null), row(null, "b", null), row(1L, "c", 1L));
    Table source = Table.of(ITEMS, row(1L, "A", null), row(null, "B", null), row(null, "C", 1L));

    ReferenceResult result =
        ReferenceMerge.merge(target, source, MergeRules.upsert("id", "version"));

    assertThat(text(result)).isEqualTo("[1, A, null][null, B, null][1, c, 1]|[null, C, 1]");
  }

  @Test
  void columnsThatTheSourceLacksKeepTheirValueOnUpdateAndAreNullOnInsert() {
    Table source = Table.of(ITEMS.select(List.of("version", "id")), row(11L, 1L), row(12L, 9L));

    ReferenceResult result = ReferenceMerge.merge(TARGET, source, MergeRules.upsert("id"));

    assertThat(text(result.files().get(0))).isEqualTo("[1, a, 11][2, b, 10]");
    assertThat(text(result.inserted())).isEqualTo("[9, null, 12]");
  }

  @Test
  void aRequiredColumnNeedsAValueOnInsertAndOnUpdate() {
    TableSchema strict =
        TableSchema.of(
            Column.required("id", LogicalType.INT64), Column.required("name", LogicalType.STRING));
    TableSchema loose = ITEMS.select(List.of("id", "name"));
    Table target = Table.of(strict, new Object[][] {row(1L, "a")});
    Table keysOnly = Table.of(ITEMS.select(List.of("id")), new Object[][] {row(9L)});

    assertThat(refusal(target, keysOnly, MergeRules.upsert("id")))
        .isEqualTo(MergeRefusal.Kind.REQUIRED_VALUE);
    assertThat(
            refusal(
                target, Table.of(loose, new Object[][] {row(1L, null)}), MergeRules.upsert("id")))
        .isEqualTo(MergeRefusal.Kind.REQUIRED_VALUE);
    assertThat(ReferenceMerge.merge(target, keysOnly, MergeRules.delete("id")).counts().ignored())
        .isEqualTo(1);
  }

  @Test
  void notANumberAndNegativeZeroEqualTheirTwinsAsKeysAndAsValues() {
    TableSchema schema =
        TableSchema.of(
            Column.nullable("key", LogicalType.DOUBLE),
            Column.nullable("value", LogicalType.FLOAT));
    double otherNan = Double.longBitsToDouble(0x7ff8_0000_0000_1234L);
    Table target = Table.of(schema, row(Double.NaN, -0.0f), row(-0.0d, Float.NaN));
    Table source = Table.of(schema, row(otherNan, 0.0f), row(0.0d, Float.NaN));

    ReferenceResult result = ReferenceMerge.merge(target, source, MergeRules.upsert("key"));

    assertThat(result.counts()).isEqualTo(new MergeCounts(2, 0, 0, 0, 2, 0, 0, 0, 2, 2));
    assertThat(text(result)).isEqualTo("[NaN, -0.0][-0.0, NaN]|");
  }

  @Test
  void valuesAreComparedAndWrittenInTheTargetsType() {
    TableSchema wide =
        TableSchema.of(
            Column.nullable("id", LogicalType.decimal(10, 2)),
            Column.nullable("price", LogicalType.decimal(20, 4)),
            Column.nullable("at", LogicalType.timestampZoned(TickUnit.NANOS)));
    TableSchema narrow =
        TableSchema.of(
            Column.nullable("id", LogicalType.INT32),
            Column.nullable("price", LogicalType.decimal(9, 1)),
            Column.nullable("at", LogicalType.timestampZoned(TickUnit.MILLIS)));
    Table target =
        Table.of(narrow, row(1L, new BigDecimal("2.5"), 7L), row(2L, new BigDecimal("3.0"), 8L));
    Table source =
        Table.of(
            wide,
            row(new BigDecimal("1.00"), new BigDecimal("2.5000"), 7_000_000L),
            row(new BigDecimal("2.00"), new BigDecimal("3.1000"), 8_000_000L));

    ReferenceResult result = ReferenceMerge.merge(target, source, MergeRules.upsert("id"));

    assertThat(text(result)).isEqualTo("[1, 2.5, 7][2, 3.1, 8]|");
    assertThat(result.counts().unchanged()).isEqualTo(1);
    assertThat(
            refusal(
                target,
                Table.of(
                    wide,
                    new Object[][] {
                      row(new BigDecimal("1.00"), new BigDecimal("2.5500"), 7_000_000L)
                    }),
                MergeRules.upsert("id")))
        .isEqualTo(MergeRefusal.Kind.CONVERSION);
  }

  @Test
  void unfitSchemasAreRefused() {
    TableSchema zoned =
        TableSchema.of(Column.nullable("id", LogicalType.timestampZoned(TickUnit.MICROS)));
    TableSchema unzoned =
        TableSchema.of(Column.nullable("id", LogicalType.timestamp(TickUnit.MICROS)));

    assertThat(refusal(TARGET, Table.empty(MARKED), MergeRules.upsert("id")))
        .isEqualTo(MergeRefusal.Kind.SCHEMA);
    assertThat(refusal(TARGET, Table.empty(ITEMS), MergeRules.upsert("key")))
        .isEqualTo(MergeRefusal.Kind.SCHEMA);
    assertThat(refusal(Table.empty(zoned), Table.empty(unzoned), MergeRules.upsert("id")))
        .isEqualTo(MergeRefusal.Kind.SCHEMA);
    assertThatThrownBy(() -> MergeRules.upsert()).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void columnsThatAMergeDoesNotWriteNeedNotFit() {
    TableSchema odd =
        TableSchema.of(
            Column.nullable("id", LogicalType.INT32),
            Column.nullable("name", LogicalType.DOUBLE),
            Column.nullable("other", LogicalType.BINARY));
    Table source = Table.of(odd, new Object[][] {row(1L, 0.5, null)});

    ReferenceResult result = ReferenceMerge.merge(TARGET, source, MergeRules.delete("id"));

    assertThat(result.counts().deleted()).isEqualTo(1);
    assertThat(refusal(TARGET, source, MergeRules.update("id")))
        .isEqualTo(MergeRefusal.Kind.SCHEMA);
  }
}
