package dev.keymerge.internal.inspect;

import dev.keymerge.DatasetInfo;
import dev.keymerge.DatasetInfo.ColumnInfo;
import dev.keymerge.DatasetInfo.FileInfo;
import dev.keymerge.DatasetInfo.KeyRange;
import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.FileColumn;
import dev.keymerge.internal.parquet.ParquetFooter;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.statistics.Statistics;

/**
 * Describes a dataset from the footers of its files, one after the other, and advises on what it
 * finds.
 *
 * <p>For one call of {@link #inspect}. Holds one footer at a time; storage and memory stay the
 * caller's.
 */
public final class DatasetInspector {
  private static final String ENDING = ".parquet";

  private final Storage storage;
  private final ParquetMemory memory;
  private final List<String> keyColumns;
  private final Map<String, ColumnTotals> columns = new LinkedHashMap<>();
  private final List<FileInfo> files = new ArrayList<>();
  private final KeySpread spread = new KeySpread();
  private final SortedSet<String> keysFound = new TreeSet<>();
  private final SortedSet<String> otherSchemas = new TreeSet<>();

  /**
   * Creates an inspector.
   *
   * @param keyColumns columns whose bounds and indexes are of interest; may be empty
   */
  public DatasetInspector(Storage storage, ParquetMemory memory, List<String> keyColumns) {
    this.storage = storage;
    this.memory = memory;
    this.keyColumns = List.copyOf(keyColumns);
  }

  /**
   * Returns what the footers of all files at {@code target} tell.
   *
   * @throws MergeException.InvalidRequest if nothing stands there, or no file has a key column
   */
  public DatasetInfo inspect(String target) {
    StoragePath root = storage.resolve(target);
    List<String> schema = List.of();
    for (FileStatus status : dataFiles(root, target)) {
      ParquetFooter footer = footer(status);
      files.add(describe(status.path().relativeTo(root), status.bytes(), footer));
      List<String> fileSchema = schemaOf(footer);
      schema = schema.isEmpty() ? fileSchema : schema;
      if (!schema.equals(fileSchema)) {
        otherSchemas.add(status.path().relativeTo(root));
      }
    }
    checkKeys();
    return info(target);
  }

  private List<FileStatus> dataFiles(StoragePath root, String target) {
    try {
      FileStatus status =
          storage
              .status(root)
              .orElseThrow(
                  () ->
                      new MergeException.InvalidRequest(
                          "There is nothing at " + target + ".",
                          "Name a directory of .parquet files, or one such file."));
      if (!status.directory()) {
        return List.of(status);
      }
      List<FileStatus> found = new ArrayList<>(storage.listDataFiles(root));
      found.removeIf(file -> !file.path().name().toLowerCase(Locale.ROOT).endsWith(ENDING));
      if (found.isEmpty()) {
        throw new MergeException.InvalidRequest(
            "The directory " + target + " holds no .parquet file.",
            "Name a directory of .parquet files; names that start with _ or . do not count.");
      }
      return found;
    } catch (IOException failure) {
      throw StorageFailure.of("list " + target, failure);
    }
  }

  private ParquetFooter footer(FileStatus status) {
    try (StorageInput input = storage.open(status.path())) {
      return ParquetFooter.read(input, memory);
    } catch (IOException failure) {
      throw StorageFailure.of("read " + status.path(), failure);
    }
  }

  private FileInfo describe(String path, long bytes, ParquetFooter footer) {
    ColumnTotals ofKeys = new ColumnTotals(path, "");
    SortedSet<String> codecs = new TreeSet<>();
    long largest = 0;
    boolean[] key = keyLeaves(footer);
    for (int rowGroup = 0; rowGroup < footer.rowGroups(); rowGroup++) {
      ColumnTotals ofRowGroup = new ColumnTotals(path, "");
      for (int leaf = 0; leaf < footer.leaves().size(); leaf++) {
        ofRowGroup.add(footer, rowGroup, leaf);
        totals(footer.leaves().get(leaf)).add(footer, rowGroup, leaf);
        if (key[leaf]) {
          ofKeys.add(footer, rowGroup, leaf);
        }
      }
      codecs.addAll(ofRowGroup.codecs);
      largest = Math.max(largest, ofRowGroup.compressedBytes());
    }
    return new FileInfo(
        path,
        footer.rows(),
        bytes,
        footer.rowGroups(),
        largest,
        footer.thrift().isSetCreated_by() ? footer.thrift().getCreated_by() : "",
        List.copyOf(codecs),
        ofKeys.statistics.coverage(),
        ofKeys.pageIndex.coverage(),
        ofKeys.bloomFilter.coverage(),
        keyRanges(footer));
  }

  /**
   * Returns which leaves count for statistics and indexes: those of the key, or all if no key was
   * named.
   */
  private boolean[] keyLeaves(ParquetFooter footer) {
    boolean[] key = new boolean[footer.leaves().size()];
    for (FileColumn column : footer.columns()) {
      if (keyColumns.isEmpty() || keyColumns.contains(column.name())) {
        for (int i = 0; i < column.leaves(); i++) {
          key[column.firstLeaf() + i] = true;
        }
      }
    }
    return key;
  }

  private ColumnTotals totals(ColumnDescriptor leaf) {
    String name = String.join(".", leaf.getPath());
    return columns.computeIfAbsent(name, unknown -> new ColumnTotals(name, typeOf(leaf)));
  }

  private List<KeyRange> keyRanges(ParquetFooter footer) {
    List<KeyRange> ranges = new ArrayList<>();
    for (String name : keyColumns) {
      KeyBounds bounds = new KeyBounds(name);
      FileColumn column = footer.column(name);
      if (column == null || column.leaves() != 1) {
        bounds.add(null);
      } else {
        keysFound.add(name);
        for (int rowGroup = 0; rowGroup < footer.rowGroups(); rowGroup++) {
          Statistics<?> statistics = footer.statistics(rowGroup, column.firstLeaf());
          bounds.add(statistics);
          if (name.equals(keyColumns.get(0))) {
            spread.add(statistics);
          }
        }
      }
      ranges.add(bounds.range());
    }
    return ranges;
  }

  private void checkKeys() {
    for (String name : keyColumns) {
      boolean partition =
          files.stream().anyMatch(file -> ("/" + file.path()).contains("/" + name + "="));
      if (!keysFound.contains(name) && !partition) {
        throw new MergeException.InvalidRequest(
            "No file has a flat column '" + name + "'.",
            "The columns are: " + String.join(", ", columns.keySet()) + ".");
      }
    }
  }

  private DatasetInfo info(String target) {
    long rows = 0;
    long bytes = 0;
    long rowGroups = 0;
    for (FileInfo file : files) {
      rows += file.rows();
      bytes += file.bytes();
      rowGroups += file.rowGroups();
    }
    List<ColumnInfo> columnInfos = new ArrayList<>();
    columns.values().forEach(column -> columnInfos.add(column.info()));
    DatasetInfo plain =
        new DatasetInfo(
            target, keyColumns, rows, bytes, rowGroups, columnInfos, List.copyOf(files), List.of());
    return new DatasetInfo(
        target,
        keyColumns,
        rows,
        bytes,
        rowGroups,
        columnInfos,
        List.copyOf(files),
        new DatasetAdvisor(plain, spread, List.copyOf(otherSchemas)).advise());
  }

  private static List<String> schemaOf(ParquetFooter footer) {
    List<String> schema = new ArrayList<>();
    for (ColumnDescriptor leaf : footer.leaves()) {
      schema.add(String.join(".", leaf.getPath()) + " " + typeOf(leaf));
    }
    return schema;
  }

  private static String typeOf(ColumnDescriptor leaf) {
    String physical = leaf.getPrimitiveType().getPrimitiveTypeName().name();
    Object annotation = leaf.getPrimitiveType().getLogicalTypeAnnotation();
    return annotation == null ? physical : physical + " " + annotation;
  }
}
