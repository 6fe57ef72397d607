package dev.keymerge.testdata.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.testdata.derive.SourceDerivation;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.parquet.TableFiles;
import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.reference.MergeRules.UpdateColumns;
import dev.keymerge.testdata.reference.ReferenceMerge;
import dev.keymerge.testdata.reference.ReferenceResult;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DuckDbOracleTest {

  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.nullable("name", LogicalType.STRING),
          Column.required("id", LogicalType.INT32),
          Column.nullable("amount", LogicalType.decimal(12, 2)),
          Column.nullable("share", LogicalType.DOUBLE),
          Column.nullable("day", LogicalType.DATE));

  @TempDir Path directory;

  private Table target = Table.empty(SCHEMA);
  private Table source = Table.empty(SCHEMA);
  private List<Path> targetFiles = List.of();
  private List<Path> sourceFiles = List.of();

  @BeforeEach
  void writeTables() throws IOException {
    target = new Table(SCHEMA, List.of(rows(0, 200), rows(200, 300), rows(500, 50)));
    SourceDerivation derivation =
        SourceDerivation.of(SCHEMA, "name", "id")
            .updates(0.2)
            .unchanged(0.2)
            .inserts(0.1, (row, hash) -> row[1] = (Long) row[1] + 1000)
            .changedColumns("amount", "share")
            .build();
    List<@Nullable Object[]> sourceRows = new ArrayList<>();
    derivation.derive(target.allRows(), sourceRows::add);
    source = Table.of(SCHEMA, sourceRows);
    ParquetLayout layout = ParquetLayout.builder().rowGroupRows(40).build();
    targetFiles = TableFiles.writeEach(directory.resolve("t"), SCHEMA, target.files(), layout);
    sourceFiles = TableFiles.writeEach(directory.resolve("s"), SCHEMA, source.files(), layout);
  }

  private static List<@Nullable Object[]> rows(int first, int count) {
    List<@Nullable Object[]> rows =
        new RandomValues(new SplittableRandom(first)).rows(SCHEMA, count, 0.1);
    for (int row = 0; row < count; row++) {
      rows.get(row)[0] = (first + row) % 5 == 0 ? null : "n" + row % 5;
      rows.get(row)[1] = (long) first + row;
    }
    return rows;
  }

  static Stream<MergeRules> rules() {
    return Stream.of(
        MergeRules.upsert("name", "id"),
        MergeRules.insert("name", "id"),
        MergeRules.update("name", "id"),
        MergeRules.delete("name", "id"),
        MergeRules.sync("name", "id"),
        MergeRules.upsert("id").withUpdateColumns(UpdateColumns.only("share")),
        MergeRules.upsert("id").withUpdateColumns(UpdateColumns.except("amount", "share")));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void answersAreThoseOfTheReferenceMerge(MergeRules rules) throws IOException {
    ReferenceResult right = ReferenceMerge.merge(target, source, rules);
    List<Path> after =
        TableFiles.writeEach(
            directory.resolve("after"), SCHEMA, right.files(), ParquetLayout.standard());
    Path inserted = directory.resolve("after/inserted.parquet");
    ParquetTableWriter.write(inserted, SCHEMA, right.inserted(), ParquetLayout.standard());
    after.add(inserted);

    try (DuckDbOracle oracle =
        DuckDbOracle.open(new MergeQuestion(targetFiles, sourceFiles, rules))) {
      assertThat(oracle.counts()).isEqualTo(right.counts());
      assertThat(oracle.difference(after).isNone()).isTrue();
      assertThat(oracle.sameDigest(after)).isTrue();
      assertThat(oracle.misplacedRows(after)).isZero();
    }
  }

  @Test
  void aWrongRowAMissingRowAndAMovedRowAreFound() throws IOException {
    List<@Nullable Object[]> wrong = new ArrayList<>(target.files().get(0));
    wrong.get(7)[2] = null;
    wrong.add(3, wrong.remove(4));
    wrong.remove(wrong.size() - 1);
    List<Path> after =
        TableFiles.writeEach(
            directory.resolve("after"),
            SCHEMA,
            List.of(wrong, target.files().get(1), target.files().get(2)),
            ParquetLayout.standard());
    Path none = directory.resolve("none.parquet");
    ParquetTableWriter.write(none, SCHEMA, List.of(), ParquetLayout.standard());
    MergeQuestion question = new MergeQuestion(targetFiles, List.of(none), MergeRules.upsert("id"));

    try (DuckDbOracle oracle = DuckDbOracle.open(question, "200MB", 1, directory)) {
      assertThat(oracle.difference(after)).isEqualTo(new DuckDbOracle.Difference(2, 1));
      assertThat(oracle.sameDigest(after)).isFalse();
      assertThat(oracle.misplacedRows(after)).isEqualTo(3);
    }
  }

  @Test
  void aSourceWithDuplicatesHasNoAnswer() {
    MergeQuestion question = new MergeQuestion(targetFiles, targetFiles, MergeRules.upsert("name"));

    assertThatThrownBy(() -> DuckDbOracle.open(question))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
