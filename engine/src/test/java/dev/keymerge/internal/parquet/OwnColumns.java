package dev.keymerge.internal.parquet;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;

/** Reads leaf columns by {@link ColumnPageReader} into entries that can be compared. */
final class OwnColumns {
  private OwnColumns() {}

  /** Returns every entry of every leaf of the file, by row group, then by leaf. */
  static List<List<List<LeafEntry>>> read(ParquetFile file) {
    List<List<List<LeafEntry>>> groups = new ArrayList<>();
    for (int group = 0; group < file.footer().rowGroups(); group++) {
      List<List<LeafEntry>> leaves = new ArrayList<>();
      for (int leaf = 0; leaf < file.footer().leaves().size(); leaf++) {
        leaves.add(chunk(file, group, leaf));
      }
      groups.add(leaves);
    }
    return groups;
  }

  /** Returns every entry of one chunk. */
  static List<LeafEntry> chunk(ParquetFile file, int group, int leaf) {
    List<LeafEntry> entries = new ArrayList<>();
    try (ColumnPageReader reader = file.pages(group, leaf)) {
      while (reader.next()) {
        addPage(reader, entries);
      }
    }
    return entries;
  }

  /** Adds the entries of the current page. */
  static void addPage(ColumnPageReader reader, List<LeafEntry> entries) {
    PageValues page = reader.values();
    ColumnDescriptor leaf = reader.leaf();
    int next = 0;
    for (int entry = 0; entry < page.entries; entry++) {
      int definition = page.definitionLevels == null ? 0 : page.definitionLevels[entry];
      int repetition = page.repetitionLevels == null ? 0 : page.repetitionLevels[entry];
      boolean present = definition == leaf.getMaxDefinitionLevel();
      entries.add(new LeafEntry(repetition, definition, present ? value(page, leaf, next) : null));
      next += present ? 1 : 0;
    }
  }

  private static Object value(PageValues page, ColumnDescriptor leaf, int index) {
    return switch (leaf.getPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN, INT32, FLOAT -> page.ints[index];
      case INT64, DOUBLE -> page.longs[index];
      case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> {
        int start = page.starts[index];
        yield HexFormat.of().formatHex(page.bytes, start, start + page.lengths[index]);
      }
    };
  }
}
