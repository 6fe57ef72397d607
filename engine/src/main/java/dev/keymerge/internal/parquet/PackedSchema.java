package dev.keymerge.internal.parquet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.SchemaElement;
import org.jspecify.annotations.Nullable;

/** Keeps the columns that files of equal schemas have in common. Immutable. */
final class PackedSchema {
  private final List<SchemaElement> elements;
  private final List<ColumnDescriptor> leaves;
  private final Map<String, FileColumn> columns = new HashMap<>();

  PackedSchema(ParquetFooter footer) {
    elements = footer.thrift().getSchema();
    leaves = footer.leaves();
    for (FileColumn column : footer.columns()) {
      columns.putIfAbsent(column.name(), column);
    }
  }

  /** Returns whether {@code footer} has this schema. */
  boolean fits(ParquetFooter footer) {
    return elements.equals(footer.thrift().getSchema());
  }

  /** Returns about how many bytes of heap this takes. */
  long retainedBytes() {
    return ParquetFooter.schemaBytes(elements.size());
  }

  List<ColumnDescriptor> leaves() {
    return leaves;
  }

  /** Returns the first top-level column of exactly this name, or null if there is none. */
  @Nullable FileColumn column(String name) {
    return columns.get(name);
  }
}
