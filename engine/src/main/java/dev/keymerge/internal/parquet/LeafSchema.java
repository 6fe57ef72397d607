package dev.keymerge.internal.parquet;

import java.util.List;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/**
 * Cuts a schema down to one leaf, keeping the groups around it so that levels stay what they are.
 */
final class LeafSchema {
  private int remaining;

  private LeafSchema(int leaf) {
    this.remaining = leaf;
  }

  /** Returns {@code schema} with its {@code leaf}-th leaf alone, counted from 0. */
  static MessageType only(MessageType schema, int leaf) {
    LeafSchema cut = new LeafSchema(leaf);
    for (Type field : schema.getFields()) {
      if (cut.remaining < leaves(field)) {
        return new MessageType(schema.getName(), List.of(cut.path(field)));
      }
      cut.remaining -= leaves(field);
    }
    throw new IllegalArgumentException("The schema has no leaf " + leaf);
  }

  private Type path(Type type) {
    if (type.isPrimitive()) {
      return encodable(type.asPrimitiveType());
    }
    GroupType group = type.asGroupType();
    for (Type field : group.getFields()) {
      if (remaining < leaves(field)) {
        return group.withNewFields(path(field));
      }
      remaining -= leaves(field);
    }
    throw new IllegalStateException("Leaves were miscounted");
  }

  private static int leaves(Type type) {
    if (type.isPrimitive()) {
      return 1;
    }
    int sum = 0;
    for (Type field : type.asGroupType().getFields()) {
      sum += leaves(field);
    }
    return sum;
  }

  private static Type encodable(PrimitiveType type) {
    LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
    if (annotation instanceof LogicalTypeAnnotation.GeometryLogicalTypeAnnotation
        || annotation instanceof LogicalTypeAnnotation.GeographyLogicalTypeAnnotation) {
      // The encoder would parse each shape for statistics, with a library that is not there.
      return Types.primitive(type.getPrimitiveTypeName(), type.getRepetition())
          .named(type.getName());
    }
    return type;
  }
}
