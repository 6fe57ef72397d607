package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.ColumnDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Compares what {@link FlatColumnReader} reads from one chunk with entries that are known.
 *
 * @param file the open file
 * @param group row group
 * @param leaf leaf column
 * @param field field to read it as
 * @param allocator for the vectors
 * @param entries what the chunk holds
 */
record VectorChecks(
    ParquetFile file,
    int group,
    int leaf,
    Field field,
    BufferAllocator allocator,
    List<LeafEntry> entries) {

  /** Reads all rows in batches of random length. */
  void readsInBatches(Random random) {
    List<@Nullable Object> found = new ArrayList<>();
    try (FlatColumnReader reader = file.column(group, leaf, field, allocator);
        FieldVector vector = reader.newVector()) {
      while (found.size() < entries.size()) {
        int rows = Math.min(entries.size() - found.size(), 1 + random.nextInt(entries.size()));
        reader.read(rows, vector);
        assertThat(vector.getValueCount()).isEqualTo(rows);
        addAll(vector, found);
      }
    }
    assertThat(found).isEqualTo(expected(allPositions()));
  }

  /** Reads random rows, some twice, in batches of random length, then all rows that are left. */
  void readsSelected(Random random) {
    int[] positions = somePositions(random);
    List<@Nullable Object> found = new ArrayList<>();
    int end = positions.length == 0 ? 0 : positions[positions.length - 1] + 1;
    try (FlatColumnReader reader = file.column(group, leaf, field, allocator);
        FieldVector vector = reader.newVector()) {
      for (int from = 0; from < positions.length; ) {
        int count = Math.min(positions.length - from, 1 + random.nextInt(positions.length));
        reader.readSelected(positions, from, count, vector);
        assertThat(vector.getValueCount()).isEqualTo(count);
        addAll(vector, found);
        from += count;
      }
      assertThat(found).isEqualTo(expected(positions));
      found.clear();
      reader.read(entries.size() - end, vector);
      addAll(vector, found);
    }
    assertThat(found).isEqualTo(expected(allPositions()).subList(end, entries.size()));
  }

  private int[] allPositions() {
    int[] positions = new int[entries.size()];
    for (int row = 0; row < positions.length; row++) {
      positions[row] = row;
    }
    return positions;
  }

  private int[] somePositions(Random random) {
    double share = random.nextDouble();
    List<Integer> chosen = new ArrayList<>();
    for (int row = 0; row < entries.size(); row++) {
      if (random.nextDouble() < share * share) {
        chosen.add(row);
        if (random.nextInt(10) == 0) {
          chosen.add(row);
        }
      }
    }
    return chosen.stream().mapToInt(Integer::intValue).toArray();
  }

  private List<@Nullable Object> expected(int[] positions) {
    ColumnDescriptor descriptor = file.footer().leaves().get(leaf);
    List<@Nullable Object> values = new ArrayList<>();
    for (int position : positions) {
      values.add(ExpectedValues.of(entries.get(position), descriptor, field.getType()));
    }
    return values;
  }

  private static void addAll(FieldVector vector, List<@Nullable Object> found) {
    for (int index = 0; index < vector.getValueCount(); index++) {
      found.add(ExpectedValues.in(vector, index));
    }
  }
}
