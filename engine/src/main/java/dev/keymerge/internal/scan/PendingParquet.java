package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.ChunkMemory;
import dev.keymerge.internal.parquet.FileColumn;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetFooter;
import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.SourceSchema;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.scan.convert.TypeText;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Collects the facts about Parquet files, one footer after the other, and serves them where they
 * lie.
 */
final class PendingParquet implements PendingSource {
  private final ScanContext context;
  private final String sourceText;
  private final MemoryReservation memory;
  private final List<SourceFile> files = new ArrayList<>();

  /** Flat columns by name, in the order of the first file. */
  private final Map<String, Field> columns = new LinkedHashMap<>();

  private final Map<String, String> unreadable = new LinkedHashMap<>();
  private long readingBytes;
  private boolean handedOver;

  private PendingParquet(ScanContext context, String sourceText) {
    this.context = context;
    this.sourceText = sourceText;
    this.memory = context.budget().open("list of source files");
  }

  /** Reads the footers of {@code found}. */
  static PendingParquet open(SourceFiles found, ScanContext context, String sourceText)
      throws IOException {
    PendingParquet source = new PendingParquet(context, sourceText);
    source.addAll(found.files().stream().map(SourcePart::given).toList(), found.root());
    return source;
  }

  /**
   * Serves files that were staged from {@code columns}, in the target's types already; there may be
   * none.
   */
  static SourceTable staged(
      List<SourcePart> files, List<AlignedColumn> columns, ScanContext context) throws IOException {
    PendingParquet source = new PendingParquet(context, "the staged source");
    source.addAll(files, null);
    return source.table(columns.stream().map(AlignedColumn::staged).toList());
  }

  private void addAll(List<SourcePart> found, @Nullable StoragePath root) throws IOException {
    boolean done = false;
    try {
      long ordinal = 0;
      for (SourcePart part : found) {
        ordinal = add(part, ordinal, root);
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private long add(SourcePart part, long firstOrdinal, @Nullable StoragePath root)
      throws IOException {
    try (ParquetFile file = OpenFiles.open(context.storage(), context.parquet(), part.status())) {
      ParquetFooter footer = file.footer();
      if (root != null) {
        refusePartitions(footer, root);
      }
      Map<String, Field> found = new LinkedHashMap<>();
      Map<String, String> others = new LinkedHashMap<>();
      readColumns(footer, found, others);
      if (files.isEmpty()) {
        columns.putAll(found);
        unreadable.putAll(others);
      } else {
        compare(footer.path(), found, others);
      }
      readingBytes = Math.max(readingBytes, ChunkMemory.toRead(footer));
      memory.grow(SourceFile.retainedBytes(footer.rowGroups()));
      long[] starts = new long[footer.rowGroups() + 1];
      for (int i = 0; i < footer.rowGroups(); i++) {
        starts[i + 1] = starts[i] + footer.rows(i);
        if (footer.rows(i) > Integer.MAX_VALUE) {
          throw new MergeException.BadData(
              "Row group " + i + " of " + footer.path() + " has " + footer.rows(i) + " rows",
              "Write the source with smaller row groups.");
        }
      }
      files.add(new SourceFile(part, firstOrdinal, starts));
      return firstOrdinal + footer.rows();
    }
  }

  private static void readColumns(
      ParquetFooter footer, Map<String, Field> found, Map<String, String> others) {
    for (FileColumn column : footer.columns()) {
      Field arrow = column.arrow();
      boolean repeated =
          arrow == null
              ? others.put(column.name(), describe(footer, column.name())) != null
              : found.put(column.name(), arrow) != null;
      if (repeated || (found.containsKey(column.name()) && others.containsKey(column.name()))) {
        throw new MergeException.BadData(
            "The source file " + footer.path() + " has two columns '" + column.name() + "'",
            "Write the source with one column of each name.");
      }
    }
  }

  private static String describe(ParquetFooter footer, String column) {
    Type type = footer.schema().getType(column);
    if (!type.isPrimitive() || type.isRepetition(Type.Repetition.REPEATED)) {
      return "a nested type";
    }
    return "the Parquet type " + type.toString().replaceAll("\\s+", " ");
  }

  /** Checks that a file has the columns of the first one. */
  private void compare(StoragePath path, Map<String, Field> found, Map<String, String> others) {
    for (Map.Entry<String, Field> entry : found.entrySet()) {
      String name = entry.getKey();
      Field field = entry.getValue();
      Field known = columns.get(name);
      if (known == null) {
        throw differs(path, "has a column '" + name + "'", "has not");
      }
      if (!known.getType().equals(field.getType())) {
        throw differs(
            path,
            "has column '" + name + "' as " + TypeText.of(field.getType()),
            "as " + TypeText.of(known.getType()));
      }
      if (field.isNullable() && !known.isNullable()) {
        columns.put(name, new Field(name, FieldType.nullable(known.getType()), null));
      }
    }
    for (String name : columns.keySet()) {
      if (!found.containsKey(name)) {
        throw differs(path, "lacks column '" + name + "'", "has it");
      }
    }
    if (!others.equals(unreadable)) {
      throw differs(path, "has columns of other types " + others, "has " + unreadable);
    }
  }

  private MergeException differs(StoragePath path, String what, String first) {
    return new MergeException.BadData(
        "The files of the source differ: "
            + path
            + " "
            + what
            + ", "
            + files.get(0).status().path()
            + " "
            + first,
        "Merge files of different columns one after the other, or write them alike.");
  }

  /** Fails if the file's path says the value of a column that the file lacks: it would be lost. */
  private static void refusePartitions(ParquetFooter footer, StoragePath root) {
    String[] parts = footer.path().relativeTo(root).split("/");
    for (int i = 0; i < parts.length - 1; i++) {
      int equals = parts[i].indexOf('=');
      if (equals > 0 && footer.column(parts[i].substring(0, equals)) == null) {
        throw new MergeException.InvalidRequest(
            "The source file "
                + footer.path()
                + " lies in the partition directory '"
                + parts[i]
                + "', but column '"
                + parts[i].substring(0, equals)
                + "' is not in the file",
            "Partition directories of a source are not read: write the source with all its"
                + " columns in the files, or name the files of one partition directly.");
      }
    }
  }

  @Override
  public SourceSchema schema() {
    return new SourceSchema(List.copyOf(columns.values()), unreadable);
  }

  @Override
  public long knownRows() {
    return files.stream().mapToLong(SourceFile::rows).sum();
  }

  @Override
  public long readingBytes() {
    return readingBytes;
  }

  @Override
  public SourceTable align(List<ColumnAlignment> alignments) {
    if (handedOver) {
      throw new IllegalStateException("A source is aligned once");
    }
    return table(AlignedColumn.align(schema(), alignments, sourceText));
  }

  private SourceTable table(List<AlignedColumn> aligned) {
    handedOver = true;
    return new ParquetSourceTable(
        List.copyOf(files),
        aligned,
        new OpenFiles(context.storage(), context.parquet(), context.budget()),
        context.batchBytes(),
        memory);
  }

  @Override
  public void close() {
    if (!handedOver) {
      memory.close();
    }
  }
}
