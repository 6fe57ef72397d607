package dev.keymerge.testdata.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.check.ParquetFileCheck;
import dev.keymerge.testdata.generate.KeyDistribution;
import dev.keymerge.testdata.generate.SyntheticTable;
import dev.keymerge.testdata.generate.SyntheticTable.Shape;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DuckDbTableWriterTest {

  @TempDir Path directory;

  @Test
  void copiesHaveTheSameRowsAndAreSound() throws IOException {
    SyntheticTable table = SyntheticTable.of(Shape.TWELVE_COLUMNS, KeyDistribution.UNIFORM, 2);
    List<Object[]> rows = new ArrayList<>();
    table.rows(0, 5000).forEach(rows::add);
    Path original = directory.resolve("original.parquet");
    Path copy = directory.resolve("copy.parquet");
    ParquetTableWriter.write(original, table.schema(), rows, ParquetLayout.standard());

    DuckDbTableWriter.copy(original, copy, "zstd", 2048);

    assertThat(ParquetJavaTableReader.read(List.of(copy)).allRows().toArray(new Object[0][]))
        .isDeepEqualTo(rows.toArray(new Object[0][]));
    assertThat(ParquetFileCheck.violations(copy)).isEmpty();
  }
}
