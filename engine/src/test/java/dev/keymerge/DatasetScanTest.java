package dev.keymerge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.testdata.duckdb.DuckDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetScanTest {
  private static final int FILES = 3;
  private static final int FILE_ROWS = 20_000;

  @TempDir static Path directory;

  private static Path dataset = directory;

  @BeforeAll
  static void writeTheDataset() throws IOException {
    dataset = Files.createDirectory(directory.resolve("orders"));
    try (DuckDb database = DuckDb.open()) {
      for (int file = 0; file < FILES; file++) {
        database.run(
            "COPY (SELECT i AS id, CASE WHEN i % 7 = 0 THEN NULL ELSE repeat('text ' || i, 1 + i % 20)"
                + " END AS text, (i / 8)::DOUBLE AS ratio, (i % 1000)::DECIMAL(9, 2) AS price,"
                + " [i] AS nested FROM range("
                + file * FILE_ROWS
                + ", "
                + (file + 1) * FILE_ROWS
                + ") t(i)) TO '"
                + dataset.resolve("part-" + file + ".parquet")
                + "' (FORMAT parquet, ROW_GROUP_SIZE 4096)");
      }
    }
  }

  @Test
  void givesTheRowsThatDuckDbFinds() {
    List<String> expected = new ArrayList<>();
    try (DuckDb database = DuckDb.open()) {
      database.query(
          "SELECT text, id, price FROM read_parquet('" + dataset + "/*.parquet') ORDER BY id",
          row ->
              expected.add(row.getString(1) + "|" + row.getLong(2) + "|" + row.getBigDecimal(3)));
    }
    List<String> found = new ArrayList<>();
    try (MergeEngine engine = engine("64m");
        DatasetScan scan = engine.scan(dataset, List.of("text", "id", "price"))) {
      assertThat(scan.schema().getFields().stream().map(Field::getName))
          .containsExactly("text", "id", "price");
      assertThat(scan.progress().rowsTotal()).isEqualTo((long) FILES * FILE_ROWS);
      while (scan.next()) {
        add(scan.chunk(), found);
        assertThat(scan.progress().rowsDone()).isEqualTo(found.size());
      }
      assertThat(scan.progress().chunksDone()).isGreaterThan(FILES);
      assertThat(scan.next()).isFalse();
    }

    assertThat(found).isEqualTo(expected);
  }

  @Test
  void withoutColumnsAllFlatOnesAreRead() {
    try (MergeEngine engine = engine("64m");
        DatasetScan scan = engine.scan(dataset.resolve("part-1.parquet"), List.of())) {
      assertThat(scan.next()).isTrue();
      assertThat(scan.schema().getFields().stream().map(Field::getName))
          .containsExactly("id", "text", "ratio", "price");
      assertThat(scan.chunk().getVector("id").getObject(0)).isEqualTo((long) FILE_ROWS);
    }
  }

  @Test
  void chunksAdaptToTheBudget() {
    assertThat(largestChunk("256m")).isGreaterThan(largestChunk("4m"));
  }

  @Test
  void severalScansShareTheBudgetAndGiveItBack() {
    try (MergeEngine engine = engine("64m")) {
      try (DatasetScan scan = engine.scan(dataset, List.of("text"));
          DatasetScan other = engine.scan(dataset, List.of("id"))) {
        assertThat(scan.next()).isTrue();
        assertThat(other.next()).isTrue();
      }
      // An allocator that is closed with a buffer left fails, so closing showed that none was.
      try (DatasetScan again = engine.scan(dataset, List.of("text"))) {
        assertThat(again.next()).isTrue();
      }
    }
  }

  @Test
  void namesThatAreNotThereAreRefusedWithThoseThatAre() {
    try (MergeEngine engine = engine("64m")) {
      assertThatThrownBy(() -> engine.scan(dataset, List.of("id", "nothing")))
          .isInstanceOf(MergeException.InvalidRequest.class)
          .hasMessageContaining("'nothing'")
          .satisfies(failure -> assertThat(((MergeException) failure).remedy()).contains("ratio"));
      assertThatThrownBy(() -> engine.scan(dataset, List.of("nested")))
          .isInstanceOf(MergeException.InvalidRequest.class)
          .hasMessageContaining("nested");
      assertThatThrownBy(() -> engine.scan(directory.resolve("nowhere"), List.of()))
          .isInstanceOf(MergeException.InvalidRequest.class);
    }
  }

  @Test
  void whatDoesNotFitEvenRowByRowIsRefusedCleanly() {
    try (MergeEngine engine = engine("140k")) {
      assertThatThrownBy(
              () -> {
                try (DatasetScan scan = engine.scan(dataset, List.of("text"))) {
                  while (scan.next()) {
                    assertThat(scan.chunk().getRowCount()).isPositive();
                  }
                }
              })
          .isInstanceOf(MergeException.LimitExceeded.class);
    }
  }

  @Test
  void aCancelledScanStops() {
    try (MergeEngine engine = engine("64m");
        DatasetScan scan = engine.scan(dataset, List.of("id"))) {
      assertThat(scan.next()).isTrue();
      scan.cancel();
      assertThatThrownBy(scan::next).isInstanceOf(MergeException.Cancelled.class);
    }
  }

  private static long largestChunk(String memory) {
    try (MergeEngine engine = engine(memory);
        DatasetScan scan = engine.scan(dataset, List.of("text"))) {
      while (scan.next()) {
        assertThat(scan.chunk().getRowCount()).isPositive();
      }
      return scan.progress().largestChunkBytes();
    }
  }

  private static MergeEngine engine(String memory) {
    return MergeEngine.builder().memoryLimits(MemoryLimits.parse(memory)).build();
  }

  private static void add(VectorSchemaRoot chunk, List<String> rows) {
    List<FieldVector> vectors = chunk.getFieldVectors();
    for (int row = 0; row < chunk.getRowCount(); row++) {
      rows.add(
          vectors.get(0).getObject(row)
              + "|"
              + vectors.get(1).getObject(row)
              + "|"
              + vectors.get(2).getObject(row));
    }
  }
}
