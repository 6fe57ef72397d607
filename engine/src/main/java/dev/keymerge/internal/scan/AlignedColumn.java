package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.SourceSchema;
import dev.keymerge.internal.scan.convert.Conversion;
import dev.keymerge.internal.scan.convert.TypeText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Ties a column of the source to the target's with the way its values go. Immutable.
 *
 * @param source name and type in the source
 * @param target name and type in the target
 * @param conversion how values become the target's
 */
record AlignedColumn(Field source, Field target, Conversion conversion) {
  /**
   * Aligns the columns of {@code schema} that are asked for.
   *
   * @throws MergeException.BadData if there is no conversion without loss between the types of a
   *     column
   */
  static List<AlignedColumn> align(
      SourceSchema schema, List<ColumnAlignment> alignments, String sourceText) {
    List<AlignedColumn> aligned = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ColumnAlignment alignment : alignments) {
      if (!names.add(alignment.targetField().getName())) {
        throw new IllegalArgumentException("Aligned twice: " + alignment.targetField().getName());
      }
      aligned.add(align(schema, alignment, sourceText));
    }
    return aligned;
  }

  private static AlignedColumn align(
      SourceSchema schema, ColumnAlignment alignment, String sourceText) {
    String name = alignment.sourceName();
    if (schema.unreadable().containsKey(name)) {
      throw new MergeException.BadData(
          "Column '"
              + name
              + "' of "
              + sourceText
              + " cannot be merged: it is of "
              + schema.unreadable().get(name),
          "Leave the column out of the source, or out of what is updated and inserted.");
    }
    Field source =
        schema
            .column(name)
            .orElseThrow(() -> new IllegalArgumentException("The source has no column " + name));
    Field target = alignment.targetField();
    Conversion conversion =
        Conversion.between(source.getType(), target.getType())
            .orElseThrow(
                () ->
                    new MergeException.BadData(
                        "Column '"
                            + name
                            + "' is of type "
                            + TypeText.of(source.getType())
                            + " in "
                            + sourceText
                            + ", but of type "
                            + TypeText.of(target.getType())
                            + " in the target, and there is no conversion without loss",
                        "Write the column of the source in the target's type, or leave it out."));
    return new AlignedColumn(source, target, conversion);
  }

  /** Returns this column as it is once its values have been staged in the target's type. */
  AlignedColumn staged() {
    return new AlignedColumn(
        target, target, Conversion.between(target.getType(), target.getType()).orElseThrow());
  }

  /** Returns the column's name in the target. */
  String name() {
    return target.getName();
  }
}
