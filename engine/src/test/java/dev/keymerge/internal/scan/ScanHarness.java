package dev.keymerge.internal.scan;

import dev.keymerge.Source;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ArrowTypes;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.SourceScan;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.testdata.arrow.ArrowRows;
import dev.keymerge.testdata.row.TableSchema;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Opens sources under a memory budget, reads them into rows, and checks at the end that all memory
 * came back.
 */
final class ScanHarness implements AutoCloseable {
  final MemoryBudget budget;
  final BufferAllocator allocator;
  final SourceOpener opener;
  final List<Integer> staged = new ArrayList<>();
  Runnable whileWaiting = () -> {};
  private final ParquetMemory parquet;

  ScanHarness(Path stagingDirectory, long budgetBytes, long batchBytes) {
    budget = new MemoryBudget(budgetBytes);
    allocator = BudgetedAllocator.open(budget, "test vectors");
    parquet = new ParquetMemory(budget, "test pages");
    LocalStorage storage = new LocalStorage();
    StoragePath staging = storage.resolve(stagingDirectory.toString());
    opener =
        new SourceOpener(
            new ScanContext(
                storage,
                budget,
                parquet,
                allocator,
                () -> staging,
                () -> batchBytes,
                staged::add,
                () -> whileWaiting.run()));
  }

  /**
   * Opens a source and aligns every column with itself in the type that a new target would have.
   */
  SourceTable openAsItIs(Source source) throws IOException {
    try (PendingSource pending = opener.open(source)) {
      List<ColumnAlignment> alignments = new ArrayList<>();
      for (Field field : pending.schema().columns()) {
        alignments.add(new ColumnAlignment(field.getName(), ArrowTypes.canonical(field)));
      }
      return pending.align(alignments);
    }
  }

  /** Opens a source and aligns the columns given. */
  SourceTable open(Source source, ColumnAlignment... alignments) throws IOException {
    try (PendingSource pending = opener.open(source)) {
      return pending.align(List.of(alignments));
    }
  }

  List<List<Object>> scan(SourceTable table, TableSchema schema) throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    try (SourceScan scan = table.scan(schema.names(), allocator)) {
      while (scan.next()) {
        if (scan.firstOrdinal() != rows.size()) {
          throw new AssertionError("Row " + rows.size() + " is said to be " + scan.firstOrdinal());
        }
        rows.addAll(rows(scan.batch(), schema));
      }
    }
    return rows;
  }

  /** Fetches every column of {@code table} for the same rows. */
  List<List<Object>> fetch(SourceTable table, TableSchema schema, long[] ordinals)
      throws IOException {
    List<FieldVector> vectors = new ArrayList<>();
    Schema arrow = table.schema();
    for (String name : schema.names()) {
      FieldVector vector = arrow.findField(name).createVector(allocator);
      vectors.add(vector);
      try (SourceTable.SourceLookup lookup = table.lookup(name, allocator)) {
        lookup.fetch(ordinals, 0, ordinals.length, vector);
      }
    }
    try (VectorSchemaRoot root = VectorSchemaRoot.of(vectors.toArray(new FieldVector[0]))) {
      root.setRowCount(ordinals.length);
      return rows(root, schema);
    }
  }

  private static List<List<Object>> rows(VectorSchemaRoot root, TableSchema schema)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
      writer.writeBatch();
    }
    try (BufferAllocator own = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(bytes.toByteArray()), own)) {
      return ArrowRows.readAll(reader, schema).stream().map(Arrays::asList).toList();
    }
  }

  @Override
  public void close() {
    allocator.close();
    parquet.close();
    if (budget.usedBytes() != 0) {
      throw new AssertionError(budget.usedBytes() + " bytes were not given back");
    }
  }
}
