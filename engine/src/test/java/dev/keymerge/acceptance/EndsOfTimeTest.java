package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges the first and the last instants that nanoseconds can count, in the old 12-byte form. */
class EndsOfTimeTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.nullable("id", LogicalType.INT64),
          Column.nullable("at", LogicalType.timestamp(TickUnit.NANOS)));
  private static final ParquetLayout LAYOUT =
      ParquetLayout.builder().timestampForm(ParquetLayout.TimestampForm.INT96).build();
  private static final List<Long> INSTANTS =
      List.of(Long.MIN_VALUE, Long.MIN_VALUE + 1, -1L, 0L, Long.MAX_VALUE);

  @TempDir Path directory;

  @Test
  void readsThemAllAndChangesOnlyTheOneThatDiffers() throws IOException {
    Path target = directory.resolve("target.parquet");
    Path source = directory.resolve("source.parquet");
    ParquetTableWriter.write(target, SCHEMA, rows(INSTANTS), LAYOUT);
    List<Long> changed = new ArrayList<>(INSTANTS);
    changed.set(3, Long.MIN_VALUE);
    ParquetTableWriter.write(source, SCHEMA, rows(changed), LAYOUT);

    try (MergeEngine engine =
        MergeEngine.builder().memoryLimits(MemoryLimits.parse("64m")).build()) {
      MergeResult result =
          engine.merge(
              MergeRequest.builder()
                  .source(Source.parquet(source))
                  .target(target)
                  .keyColumns("id")
                  .build());
      assertThat(result.unchanged()).isEqualTo(INSTANTS.size() - 1);
      assertThat(result.updated()).isEqualTo(1);
    }
    List<@Nullable Object> instants = new ArrayList<>();
    ParquetJavaTableReader.forEachRow(target, row -> instants.add(row[1]));
    assertThat(instants).containsExactlyElementsOf(changed);
  }

  private static List<@Nullable Object[]> rows(List<Long> instants) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int id = 0; id < instants.size(); id++) {
      rows.add(new @Nullable Object[] {(long) id, instants.get(id)});
    }
    return rows;
  }
}
