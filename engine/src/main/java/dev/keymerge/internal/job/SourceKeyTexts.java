package dev.keymerge.internal.job;

import dev.keymerge.internal.index.KeyTexts;
import dev.keymerge.internal.key.KeyText;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.storage.StorageFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/** Reads keys for messages from the source once more. Not thread-safe; borrows everything. */
final class SourceKeyTexts implements KeyTexts {
  private final SourceTable source;
  private final MergeSchema schema;
  private final BufferAllocator allocator;

  SourceKeyTexts(SourceTable source, MergeSchema schema, BufferAllocator allocator) {
    this.source = source;
    this.schema = schema;
    this.allocator = allocator;
  }

  @Override
  public String of(long ordinal) {
    List<FieldVector> keys = new ArrayList<>();
    try {
      for (Field field : schema.keyFields()) {
        FieldVector vector = field.createVector(allocator);
        keys.add(vector);
        try (SourceTable.SourceLookup lookup = source.lookup(field.getName(), allocator)) {
          lookup.fetch(new long[] {ordinal}, 0, 1, vector);
        }
      }
      return KeyText.of(keys, 0);
    } catch (IOException failure) {
      throw StorageFailure.of("read the source again", failure);
    } finally {
      keys.forEach(FieldVector::close);
    }
  }
}
