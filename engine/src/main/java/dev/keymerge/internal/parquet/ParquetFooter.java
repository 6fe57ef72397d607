package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.jspecify.annotations.Nullable;

/**
 * Holds the footer of one Parquet file, checked: counts are not negative, chunks lie within the
 * file, sums agree.
 *
 * <p>The parsed structures are kept as they are in the file, so that a new file can be given the
 * same ones; nobody may change them. Immutable but for that, thread-safe, and independent of the
 * open file.
 */
public final class ParquetFooter {
  private static final int TAIL_BYTES = 8;
  private static final int FIRST_READ_BYTES = 64 << 10;

  /**
   * What a column of the schema takes beside its parsed structure, about: its type, its path, its
   * name.
   */
  private static final int COLUMN_BYTES = 640;

  private static final int MAGIC = littleEndian("PAR1");
  private static final int ENCRYPTED_MAGIC = littleEndian("PARE");

  private final FilePlace place;
  private final FileMetaData thrift;
  private final @Nullable VerbatimSchema verbatimSchema;
  private final MessageType schema;
  private final List<ColumnDescriptor> leaves;
  private final List<FileColumn> columns;
  private final Map<String, String> keyValues;
  private final long objectBytes;
  private final long rows;

  private ParquetFooter(
      FilePlace place,
      FileMetaData thrift,
      @Nullable VerbatimSchema verbatimSchema,
      long objectBytes,
      long dataEnd)
      throws IOException {
    this.verbatimSchema = verbatimSchema;
    this.place = place;
    this.thrift = thrift;
    this.objectBytes = objectBytes;
    FooterChecks.schema(place, thrift);
    this.schema = schemaOf(thrift);
    List<ColumnDescriptor> foundLeaves = new ArrayList<>();
    this.columns = List.copyOf(walk(schema, thrift, foundLeaves));
    this.leaves = List.copyOf(foundLeaves);
    this.rows = FooterChecks.rowGroups(place, thrift, leaves, dataEnd);
    this.keyValues = Collections.unmodifiableMap(keyValuesOf(thrift));
  }

  /**
   * Reads the footer of {@code input}, which stays the caller's, for one who needs nothing else of
   * the file.
   *
   * <p>What reading takes is charged to {@code memory} meanwhile; what the footer itself takes is
   * the caller's to account for if it is kept, see {@link #retainedBytes}.
   *
   * @throws dev.keymerge.MergeException.BadData if the file is not a sound Parquet file
   * @throws dev.keymerge.MergeException.InputOutput if it cannot be read
   */
  public static ParquetFooter read(StorageInput input, ParquetMemory memory) {
    try (ScratchArrays scratch = memory.openScratch("footer of " + input.path().name())) {
      return read(input, scratch);
    }
  }

  /**
   * Reads the footer of {@code input}, which stays the caller's; what it takes is charged to {@code
   * scratch}.
   *
   * @throws dev.keymerge.MergeException.BadData if the file is not a sound Parquet file
   * @throws dev.keymerge.MergeException.InputOutput if it cannot be read
   */
  static ParquetFooter read(StorageInput input, ScratchArrays scratch) {
    FilePlace place = FilePlace.of(input.path());
    try {
      return readUnguarded(input, scratch, place);
    } catch (IOException e) {
      throw place.failure(e);
    } catch (RuntimeException e) {
      throw place.failure(e);
    }
  }

  private static ParquetFooter readUnguarded(
      StorageInput input, ScratchArrays scratch, FilePlace place) throws IOException {
    long size = input.size();
    if (size < TAIL_BYTES + Integer.BYTES) {
      throw place.malformed("it is only " + size + " bytes long, too short for a Parquet file");
    }
    int tailLength = (int) Math.min(size, FIRST_READ_BYTES);
    byte[] tail = scratch.bytes(new byte[0], tailLength);
    input.readFully(size - tailLength, ByteBuffer.wrap(tail, 0, tailLength));
    ByteBuffer end = ByteBuffer.wrap(tail, 0, tailLength).order(ByteOrder.LITTLE_ENDIAN);
    int magic = end.getInt(tailLength - Integer.BYTES);
    if (magic == ENCRYPTED_MAGIC) {
      throw place.unsupported("its footer is encrypted", "Write it again without encryption.");
    }
    if (magic != MAGIC) {
      throw place.malformed("it does not end like a Parquet file");
    }
    long length = end.getInt(tailLength - TAIL_BYTES);
    if (length <= 0 || length > size - TAIL_BYTES - Integer.BYTES) {
      throw place.malformed("its footer is said to take " + length + " bytes in a file of " + size);
    }
    byte[] bytes = tail;
    int from = tailLength - TAIL_BYTES - (int) length;
    if (from < 0) {
      bytes = scratch.bytes(tail, length);
      from = 0;
      input.readFully(size - TAIL_BYTES - length, ByteBuffer.wrap(bytes, 0, (int) length));
    }
    long objectBytes = objectBytes(bytes, from, (int) length);
    scratch.charge(objectBytes);
    FileMetaData thrift = parse(bytes, from, (int) length);
    long schemaBytes = schemaBytes(thrift.getSchemaSize());
    scratch.charge(schemaBytes);
    scratch.discard(bytes);
    VerbatimSchema verbatim = VerbatimSchema.ifNeeded(thrift, bytes, from, from + (int) length);
    return new ParquetFooter(
        place, thrift, verbatim, objectBytes + schemaBytes, size - TAIL_BYTES - length);
  }

  /** Returns about how many bytes of heap so many columns of a schema take. */
  static long schemaBytes(int columns) {
    return (long) COLUMN_BYTES * columns;
  }

  /** Checks the shape of the footer and returns what its objects will take. */
  private static long objectBytes(byte[] bytes, int from, int length) {
    if (ThriftShape.end(bytes, from, from + length) < 0) {
      throw new MalformedParquetException("its footer is damaged");
    }
    return ThriftShape.objectBytes(bytes, from, from + length);
  }

  private static FileMetaData parse(byte[] bytes, int from, int length) {
    try {
      return Util.readFileMetaData(new ByteArrayInputStream(bytes, from, length));
    } catch (IOException e) {
      throw MalformedParquetException.of("its footer is damaged", e);
    }
  }

  private static MessageType schemaOf(FileMetaData thrift) throws IOException {
    FileMetaData schemaOnly =
        new FileMetaData(thrift.getVersion(), thrift.getSchema(), 0, List.of());
    schemaOnly.setColumn_orders(thrift.getColumn_orders());
    schemaOnly.setCreated_by(thrift.getCreated_by());
    return new ParquetMetadataConverter()
        .fromParquetMetadata(schemaOnly)
        .getFileMetaData()
        .getSchema();
  }

  private static List<FileColumn> walk(
      MessageType schema, FileMetaData thrift, List<ColumnDescriptor> leaves) {
    BitSet unknown = leavesOfUnknownTypes(thrift);
    List<FileColumn> columns = new ArrayList<>();
    for (Type field : schema.getFields()) {
      int first = leaves.size();
      addLeaves(field, List.of(), 0, 0, leaves);
      boolean known = field.isPrimitive() && !unknown.get(first);
      Field arrow = known ? ArrowTypes.field(field.asPrimitiveType()) : null;
      columns.add(
          new FileColumn(
              field.getName(),
              first,
              leaves.size() - first,
              arrow,
              field.isRepetition(Repetition.REQUIRED)));
    }
    return columns;
  }

  /**
   * Returns the leaves whose annotation a later version of the format defines. The parsed schema
   * shows them as bare numbers or bytes, which nobody may take their values for.
   */
  private static BitSet leavesOfUnknownTypes(FileMetaData thrift) {
    BitSet unknown = new BitSet();
    int leaf = 0;
    for (SchemaElement element : thrift.getSchema().subList(1, thrift.getSchemaSize())) {
      if (element.isSetType()) {
        unknown.set(leaf++, element.isSetLogicalType() && !element.getLogicalType().isSet());
      }
    }
    return unknown;
  }

  private static void addLeaves(
      Type field,
      List<String> parents,
      int maxRepetition,
      int maxDefinition,
      List<ColumnDescriptor> leaves) {
    List<String> path = new ArrayList<>(parents);
    path.add(field.getName());
    boolean repeated = field.isRepetition(Repetition.REPEATED);
    int repetition = maxRepetition + (repeated ? 1 : 0);
    int definition = maxDefinition + (field.isRepetition(Repetition.REQUIRED) ? 0 : 1);
    if (field.isPrimitive()) {
      leaves.add(
          new ColumnDescriptor(
              path.toArray(new String[0]), field.asPrimitiveType(), repetition, definition));
      return;
    }
    GroupType group = field.asGroupType();
    for (Type child : group.getFields()) {
      addLeaves(child, path, repetition, definition, leaves);
    }
  }

  private static Map<String, String> keyValuesOf(FileMetaData thrift) {
    Map<String, String> values = new LinkedHashMap<>();
    if (thrift.isSetKey_value_metadata()) {
      for (KeyValue entry : thrift.getKey_value_metadata()) {
        values.put(entry.getKey(), entry.isSetValue() ? entry.getValue() : "");
      }
    }
    return values;
  }

  private static int littleEndian(String magic) {
    return ByteBuffer.wrap(magic.getBytes(StandardCharsets.US_ASCII))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  /** Returns the file that this is the footer of. */
  public StoragePath path() {
    return place.file();
  }

  /** Returns the parsed structure of the file, never to be changed. */
  public FileMetaData thrift() {
    return thrift;
  }

  /** Returns the bytes of the schema if the parsed structure lost some of it, else null. */
  @Nullable VerbatimSchema verbatimSchema() {
    return verbatimSchema;
  }

  /** Returns the schema with its annotations and column orders. */
  public MessageType schema() {
    return schema;
  }

  /** Returns the leaf columns in schema order, which is the order of the chunks of a row group. */
  public List<ColumnDescriptor> leaves() {
    return leaves;
  }

  /** Returns the top-level columns in schema order. */
  public List<FileColumn> columns() {
    return columns;
  }

  /**
   * Returns the top-level column of exactly this name, the first if several have it, or null if
   * none has.
   */
  public @Nullable FileColumn column(String name) {
    for (FileColumn column : columns) {
      if (column.name().equals(name)) {
        return column;
      }
    }
    return null;
  }

  /**
   * Returns the top-level column of exactly this name, which the caller knows to be there.
   *
   * @throws IllegalArgumentException if there is none
   */
  public FileColumn requireColumn(String name) {
    FileColumn column = column(name);
    if (column == null) {
      throw new IllegalArgumentException(place.file() + " has no column " + name);
    }
    return column;
  }

  /** Returns the number of row groups. */
  public int rowGroups() {
    return thrift.getRow_groupsSize();
  }

  /** Returns the number of rows of one row group. */
  public long rows(int rowGroup) {
    return thrift.getRow_groups().get(rowGroup).getNum_rows();
  }

  /** Returns the number of rows of the file. */
  public long rows() {
    return rows;
  }

  /** Returns the parsed description of one chunk, never to be changed. */
  public ColumnChunk chunk(int rowGroup, int leaf) {
    return thrift.getRow_groups().get(rowGroup).getColumns().get(leaf);
  }

  /**
   * Returns the key-value metadata of the file in their order; a key without a value has an empty
   * one.
   */
  public Map<String, String> keyValues() {
    return keyValues;
  }

  /** Returns about how many bytes of heap this takes. */
  public long retainedBytes() {
    return objectBytes;
  }

  /**
   * Returns the statistics of one chunk, or null if there are none that can be relied on.
   *
   * <p>Statistics that the writer is known to get wrong, or whose order is not known, are left out.
   * Bounds may be missing while the count of nulls is there, and a bound is a bound: it may be
   * shortened text.
   */
  public @Nullable Statistics<?> statistics(int rowGroup, int leaf) {
    org.apache.parquet.format.Statistics raw = chunk(rowGroup, leaf).getMeta_data().getStatistics();
    if (raw == null) {
      return null;
    }
    try {
      Statistics<?> statistics =
          new ParquetMetadataConverter()
              .fromParquetStatistics(
                  thrift.getCreated_by(), raw, leaves.get(leaf).getPrimitiveType());
      return statistics.isEmpty() ? null : statistics;
    } catch (RuntimeException e) {
      // Bounds of a wrong length say nothing; the data itself may be sound.
      return null;
    }
  }

  /** Returns what a reader of one chunk has to know. */
  ChunkFacts facts(int rowGroup, int leaf) {
    return new ChunkFacts(
        place(rowGroup, leaf), leaves.get(leaf), rows(rowGroup), chunk(rowGroup, leaf));
  }

  /** Returns the name of one chunk for messages. */
  FilePlace place(int rowGroup, int leaf) {
    return place.column(rowGroup, String.join(".", leaves.get(leaf).getPath()));
  }
}
