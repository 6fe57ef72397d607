package dev.keymerge.testdata.arrow;

import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Fills one root with batch after batch of rows. Owns the root and the dictionaries. */
final class BatchFiller implements AutoCloseable {

  private static final ArrowType.Int INDEX_TYPE = new ArrowType.Int(Integer.SIZE, true);

  private final TableSchema schema;
  private final int batchRows;
  private final VectorSchemaRoot root;
  private final MapDictionaryProvider dictionaries;
  private final Map<Integer, Map<Object, Integer>> indexes;

  private BatchFiller(
      TableSchema schema,
      int batchRows,
      VectorSchemaRoot root,
      MapDictionaryProvider dictionaries,
      Map<Integer, Map<Object, Integer>> indexes) {
    this.schema = schema;
    this.batchRows = batchRows;
    this.root = root;
    this.dictionaries = dictionaries;
    this.indexes = indexes;
  }

  /** Prepares a root, and dictionaries of all values in the rows where the layout asks for some. */
  static BatchFiller of(
      BufferAllocator allocator,
      TableSchema schema,
      Iterable<@Nullable Object[]> rows,
      ArrowLayout layout) {
    Map<Integer, Map<Object, Integer>> indexes = indexes(schema, rows, layout);
    MapDictionaryProvider dictionaries = new MapDictionaryProvider();
    List<Field> fields = new ArrayList<>();
    for (int position = 0; position < schema.size(); position++) {
      Column column = schema.column(position);
      ArrowType type = ArrowSchemas.arrowType(column.type(), layout.textForm());
      Map<Object, Integer> index = indexes.get(position);
      if (index == null) {
        FieldType plain = new FieldType(!column.isRequired(), type, null);
        fields.add(new Field(column.name(), plain, null));
      } else {
        DictionaryEncoding encoding = new DictionaryEncoding(position, false, INDEX_TYPE);
        FieldType values = new FieldType(false, type, null);
        dictionaries.put(new Dictionary(dictionary(allocator, column, values, index), encoding));
        FieldType encoded = new FieldType(!column.isRequired(), INDEX_TYPE, encoding);
        fields.add(new Field(column.name(), encoded, null));
      }
    }
    VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator);
    return new BatchFiller(schema, layout.batchRows(), root, dictionaries, indexes);
  }

  private static Map<Integer, Map<Object, Integer>> indexes(
      TableSchema schema, Iterable<@Nullable Object[]> rows, ArrowLayout layout) {
    Map<Integer, Map<Object, Integer>> indexes = new HashMap<>();
    for (String name : layout.dictionaryColumns()) {
      indexes.put(schema.position(name), new LinkedHashMap<>());
    }
    if (!indexes.isEmpty()) {
      for (@Nullable Object[] row : rows) {
        indexes.forEach(
            (position, index) -> {
              Object value = row[position];
              if (value != null) {
                index.putIfAbsent(value, index.size());
              }
            });
      }
    }
    return indexes;
  }

  private static FieldVector dictionary(
      BufferAllocator allocator, Column column, FieldType type, Map<Object, Integer> index) {
    FieldVector values = type.createNewSingleVector(column.name(), allocator, null);
    index.forEach(
        (value, position) -> {
          grow(values, position);
          VectorValues.set(values, position, value, column.type());
        });
    values.setValueCount(index.size());
    return values;
  }

  VectorSchemaRoot root() {
    return root;
  }

  MapDictionaryProvider dictionaries() {
    return dictionaries;
  }

  /** Replaces the root's content by the next rows; tells whether there were any. */
  boolean fill(Iterator<@Nullable Object[]> rows) {
    root.getFieldVectors().forEach(FieldVector::reset);
    int count = 0;
    while (count < batchRows && rows.hasNext()) {
      @Nullable Object[] row = rows.next();
      for (int position = 0; position < row.length; position++) {
        set(position, count, row[position]);
      }
      count++;
    }
    root.setRowCount(count);
    return count > 0;
  }

  private void set(int position, int row, @Nullable Object value) {
    FieldVector vector = root.getVector(position);
    grow(vector, row);
    Map<Object, Integer> index = indexes.get(position);
    LogicalType type = schema.column(position).type();
    if (index == null || value == null) {
      VectorValues.set(vector, row, value, type);
    } else {
      ((BaseIntVector) vector).setWithPossibleTruncate(row, index.getOrDefault(value, -1));
    }
  }

  /** Makes room for a row, since view vectors do not grow by themselves. */
  private static void grow(FieldVector vector, int row) {
    while (row >= vector.getValueCapacity()) {
      vector.reAlloc();
    }
  }

  @Override
  public void close() {
    List<AutoCloseable> resources = new ArrayList<>();
    resources.add(root);
    for (long id : dictionaries.getDictionaryIds()) {
      resources.add(dictionaries.lookup(id).getVector());
    }
    try {
      AutoCloseables.close(resources);
    } catch (Exception failure) {
      throw new IllegalStateException("vectors do not close", failure);
    }
  }
}
