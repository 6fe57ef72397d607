package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.SourceSchema;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.scan.convert.Conversion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Takes Arrow batches that can be read once, and stages them in the target's types. Owns the
 * batches.
 */
final class PendingBatches implements PendingSource {
  private final ArrowBatches batches;
  private final ScanContext context;
  private final String sourceText;
  private final SourceSchema schema;
  private boolean staged;

  PendingBatches(ArrowBatches batches, ScanContext context, String sourceText) {
    this.batches = batches;
    this.context = context;
    this.sourceText = sourceText;
    this.schema = schema(batches, sourceText);
  }

  private static SourceSchema schema(ArrowBatches batches, String sourceText) {
    List<Field> columns = new ArrayList<>();
    Map<String, String> unreadable = new LinkedHashMap<>();
    Set<String> names = new HashSet<>();
    for (Field field : batches.columns()) {
      if (field.getName() == null) {
        throw new MergeException.BadData(
            "A column of " + sourceText + " has no name: " + field,
            "Write the source with a name for every column.");
      }
      if (!names.add(field.getName())) {
        throw new MergeException.BadData(
            "There are two columns '" + field.getName() + "' in " + sourceText,
            "Write the source with one column of each name.");
      }
      DictionaryEncoding encoding = field.getDictionary();
      FieldVector dictionary = encoding == null ? null : batches.dictionary(encoding.getId());
      if (encoding != null && dictionary == null) {
        unreadable.put(field.getName(), "a dictionary-encoded type whose dictionary is not given");
        continue;
      }
      ArrowType type = dictionary == null ? field.getType() : dictionary.getField().getType();
      if (type instanceof ArrowType.ExtensionType extension) {
        type = extension.storageType();
      }
      if (Conversion.knows(type)) {
        FieldType plain = new FieldType(field.isNullable(), type, null);
        columns.add(new Field(field.getName(), plain, null));
      } else {
        String name = type.getTypeID().name().toLowerCase(Locale.ROOT);
        unreadable.put(field.getName(), "the Arrow type " + name);
      }
    }
    return new SourceSchema(columns, unreadable);
  }

  @Override
  public SourceSchema schema() {
    return schema;
  }

  @Override
  public long knownRows() {
    return 0;
  }

  @Override
  public long readingBytes() {
    return 0;
  }

  @Override
  public SourceTable align(List<ColumnAlignment> alignments) throws IOException {
    if (staged) {
      throw new IllegalStateException("A source is aligned once");
    }
    staged = true;
    List<AlignedColumn> columns = AlignedColumn.align(schema, alignments, sourceText);
    List<SourcePart> files;
    try (SourceStager stager = new SourceStager(columns, batches, context)) {
      files = stager.stage();
    }
    // The last batch and the dictionaries would take memory as long as the merge runs.
    batches.close();
    return PendingParquet.staged(files, columns, context);
  }

  @Override
  public void close() throws IOException {
    batches.close();
  }
}
