package dev.keymerge.testdata.arrow;

import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.jspecify.annotations.Nullable;

/** Turns the batches of an Arrow reader into rows. */
public final class ArrowRows {

  private ArrowRows() {}

  /** Reads all remaining batches of a reader, which stays open; dictionaries are resolved. */
  public static List<@Nullable Object[]> readAll(ArrowReader reader, TableSchema schema)
      throws IOException {
    List<@Nullable Object[]> rows = new ArrayList<>();
    VectorSchemaRoot root = reader.getVectorSchemaRoot();
    while (reader.loadNextBatch()) {
      List<@Nullable Object[]> batch = new ArrayList<>();
      for (int row = 0; row < root.getRowCount(); row++) {
        batch.add(new @Nullable Object[schema.size()]);
      }
      for (int position = 0; position < schema.size(); position++) {
        readColumn(reader, root, schema, position, batch);
      }
      rows.addAll(batch);
    }
    return rows;
  }

  private static void readColumn(
      ArrowReader reader,
      VectorSchemaRoot root,
      TableSchema schema,
      int position,
      List<@Nullable Object[]> batch)
      throws IOException {
    FieldVector vector = root.getVector(schema.column(position).name());
    DictionaryEncoding encoding = vector.getField().getDictionary();
    if (encoding == null) {
      copy(vector, schema, position, batch);
    } else {
      Dictionary dictionary = reader.getDictionaryVectors().get(encoding.getId());
      try (FieldVector decoded = (FieldVector) DictionaryEncoder.decode(vector, dictionary)) {
        copy(decoded, schema, position, batch);
      }
    }
  }

  private static void copy(
      FieldVector vector, TableSchema schema, int position, List<@Nullable Object[]> batch) {
    for (int row = 0; row < batch.size(); row++) {
      batch.get(row)[position] = VectorValues.get(vector, row, schema.column(position).type());
    }
  }
}
