package dev.keymerge.internal.target;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.FileColumn;
import dev.keymerge.internal.parquet.ParquetFooter;
import dev.keymerge.internal.storage.StoragePath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.jspecify.annotations.Nullable;

/**
 * Compares the schemas of a target's files, one after the other, with that of the first.
 *
 * <p>Files agree if they have columns of the same names and of the same Arrow types. Encodings,
 * physical types, the order of columns, field ids and whether a column is required may differ. Not
 * thread-safe.
 */
final class SchemaAgreement {
  private final Map<String, FirstColumn> columns = new LinkedHashMap<>();
  private @Nullable StoragePath firstFile;

  /**
   * Takes one more file in.
   *
   * @throws MergeException.BadData if it does not agree with the first one
   */
  void add(ParquetFooter footer) {
    checkNamesDiffer(footer);
    if (firstFile == null) {
      firstFile = footer.path();
      for (FileColumn column : footer.columns()) {
        columns.put(column.name(), new FirstColumn(column, typeOf(footer, column)));
      }
      return;
    }
    Set<String> missing = new HashSet<>(columns.keySet());
    for (FileColumn column : footer.columns()) {
      FirstColumn first = columns.get(column.name());
      if (first == null) {
        throw disagreement(
            footer.path(), column.name(), "no such column", typeName(footer, column));
      }
      missing.remove(column.name());
      check(footer, column, first);
      first.required &= column.required();
    }
    for (FirstColumn first : columns.values()) {
      if (missing.contains(first.column.name())) {
        throw disagreement(footer.path(), first.column.name(), first.typeName(), "no such column");
      }
    }
  }

  /** Returns what the files agree on, or null if there was none. */
  @Nullable DatasetSchema schema() {
    if (firstFile == null) {
      return null;
    }
    List<DatasetSchema.Column> result = new ArrayList<>();
    for (FirstColumn first : columns.values()) {
      Field field = first.column.arrow();
      if (field != null && field.isNullable() == first.required) {
        FieldType type = new FieldType(!first.required, field.getType(), field.getDictionary());
        field = new Field(field.getName(), type, field.getChildren());
      }
      result.add(new DatasetSchema.Column(first.column.name(), field, first.required));
    }
    return new DatasetSchema(result);
  }

  private static void checkNamesDiffer(ParquetFooter footer) {
    Set<String> names = new HashSet<>();
    for (FileColumn column : footer.columns()) {
      if (!names.add(column.name())) {
        throw new MergeException.BadData(
            "File " + footer.path() + " has two columns named '" + column.name() + "'.",
            "Write the file again with one name per column.");
      }
    }
  }

  private void check(ParquetFooter footer, FileColumn column, FirstColumn first) {
    Field expected = first.column.arrow();
    Field actual = column.arrow();
    boolean agree =
        expected != null && actual != null
            ? expected.getType().equals(actual.getType())
            : expected == null && actual == null && sameShape(first.type, typeOf(footer, column));
    if (!agree) {
      throw disagreement(footer.path(), column.name(), first.typeName(), typeName(footer, column));
    }
  }

  /**
   * Compares columns that are only carried over: what matters is what a reader would make of them.
   */
  private static boolean sameShape(Type first, Type second) {
    if (!first.getName().equals(second.getName())
        || first.isRepetition(Repetition.REPEATED) != second.isRepetition(Repetition.REPEATED)
        || !Objects.equals(first.getLogicalTypeAnnotation(), second.getLogicalTypeAnnotation())
        || first.isPrimitive() != second.isPrimitive()) {
      return false;
    }
    if (first.isPrimitive()) {
      return first.asPrimitiveType().getPrimitiveTypeName()
              == second.asPrimitiveType().getPrimitiveTypeName()
          && first.asPrimitiveType().getTypeLength() == second.asPrimitiveType().getTypeLength();
    }
    GroupType left = first.asGroupType();
    GroupType right = second.asGroupType();
    if (left.getFieldCount() != right.getFieldCount()) {
      return false;
    }
    for (int i = 0; i < left.getFieldCount(); i++) {
      if (!sameShape(left.getType(i), right.getType(i))) {
        return false;
      }
    }
    return true;
  }

  private MergeException.BadData disagreement(
      StoragePath file, String column, String expected, String actual) {
    return new MergeException.BadData(
        "The files of the target disagree about column '"
            + column
            + "': "
            + expected
            + " in "
            + firstFile
            + ", "
            + actual
            + " in "
            + file
            + ".",
        "Write one of the two files again with the schema of the other,"
            + " or move it out of the target.");
  }

  private static Type typeOf(ParquetFooter footer, FileColumn column) {
    return footer.schema().getType(column.name());
  }

  private static String typeName(ParquetFooter footer, FileColumn column) {
    return typeName(column, typeOf(footer, column));
  }

  private static String typeName(FileColumn column, Type type) {
    Field field = column.arrow();
    // Parquet's own notation may take many lines for a nested type.
    return field != null ? field.getType().toString() : type.toString().replaceAll("\\s+", " ");
  }

  /** Remembers a column of the first file, and whether all files so far require it. */
  private static final class FirstColumn {
    private final FileColumn column;
    private final Type type;
    private boolean required;

    FirstColumn(FileColumn column, Type type) {
      this.column = column;
      this.type = type;
      this.required = column.required();
    }

    String typeName() {
      return SchemaAgreement.typeName(column, type);
    }
  }
}
