package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.Type;

/** Reads leaf columns by the Parquet library's own reader, to compare with. */
final class LibraryColumns {
  private LibraryColumns() {}

  /** Returns every entry of every leaf of the file, by row group, then by leaf. */
  static List<List<List<LeafEntry>>> read(StorageInput input) throws IOException {
    List<List<List<LeafEntry>>> groups = new ArrayList<>();
    try (ParquetFileReader reader = ParquetFileReader.open(new StorageInputFile(input))) {
      for (int group = 0; group < reader.getRowGroups().size(); group++) {
        groups.add(rowGroup(reader, group));
      }
    }
    return groups;
  }

  private static List<List<LeafEntry>> rowGroup(ParquetFileReader reader, int group)
      throws IOException {
    List<List<LeafEntry>> leaves = new ArrayList<>();
    if (reader.getRowGroups().get(group).getRowCount() == 0) {
      reader.getFileMetaData().getSchema().getColumns().forEach(leaf -> leaves.add(List.of()));
      return leaves;
    }
    try (PageReadStore pages = reader.readRowGroup(group)) {
      ColumnReadStoreImpl store =
          new ColumnReadStoreImpl(
              pages,
              new IgnoringGroup(reader.getFileMetaData().getSchema()),
              reader.getFileMetaData().getSchema(),
              reader.getFileMetaData().getCreatedBy());
      for (ColumnDescriptor leaf : reader.getFileMetaData().getSchema().getColumns()) {
        leaves.add(entries(store.getColumnReader(leaf), leaf));
      }
    }
    return leaves;
  }

  private static List<LeafEntry> entries(ColumnReader reader, ColumnDescriptor leaf) {
    List<LeafEntry> entries = new ArrayList<>();
    for (long index = 0; index < reader.getTotalValueCount(); index++) {
      int definition = reader.getCurrentDefinitionLevel();
      Object value = definition == leaf.getMaxDefinitionLevel() ? value(reader, leaf) : null;
      entries.add(new LeafEntry(reader.getCurrentRepetitionLevel(), definition, value));
      reader.consume();
    }
    return entries;
  }

  private static Object value(ColumnReader reader, ColumnDescriptor leaf) {
    return switch (leaf.getPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> reader.getBoolean() ? 1 : 0;
      case INT32 -> reader.getInteger();
      case FLOAT -> Float.floatToRawIntBits(reader.getFloat());
      case INT64 -> reader.getLong();
      case DOUBLE -> Double.doubleToRawLongBits(reader.getDouble());
      case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 ->
          HexFormat.of().formatHex(reader.getBinary().getBytes());
    };
  }

  private static final class IgnoringGroup extends GroupConverter {
    private final List<Converter> fields = new ArrayList<>();

    IgnoringGroup(GroupType type) {
      for (Type field : type.getFields()) {
        fields.add(
            field.isPrimitive() ? new IgnoringValue() : new IgnoringGroup(field.asGroupType()));
      }
    }

    @Override
    public Converter getConverter(int index) {
      return fields.get(index);
    }

    @Override
    public void start() {}

    @Override
    public void end() {}
  }

  private static final class IgnoringValue extends PrimitiveConverter {}
}
