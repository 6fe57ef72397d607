package dev.keymerge.testdata.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetLayout.DecimalForm;
import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DuckDbTableReaderTest {

  @TempDir Path directory;

  static Stream<ParquetLayout> layouts() {
    return Stream.of(
        ParquetLayout.standard(),
        ParquetLayout.builder().pageVersion(PageVersion.V2).rowGroupRows(77).pageRows(10).build(),
        ParquetLayout.builder().decimalForm(DecimalForm.BINARY).withoutPageIndex().build());
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyTypeThatDuckDbHoldsComesBackAsItWent(ParquetLayout layout) throws IOException {
    TableSchema all = AllTypes.schema();
    TableSchema exact =
        TableSchema.of(
            all.columns().stream()
                .filter(column -> DuckDbTableReader.isExact(column.type()))
                .toArray(Column[]::new));
    List<@Nullable Object[]> rows = new RandomValues(new SplittableRandom(8)).rows(exact, 300, 0.2);
    Path file = directory.resolve("all.parquet");

    ParquetTableWriter.write(file, exact, rows, layout);

    assertThat(DuckDbTableReader.read(exact, List.of(file)).allRows().toArray(new Object[0][]))
        .isDeepEqualTo(rows.toArray(new Object[0][]));
  }
}
