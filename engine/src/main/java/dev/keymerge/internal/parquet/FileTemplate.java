package dev.keymerge.internal.parquet;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnOrder;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.TypeDefinedOrder;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Holds what all files of one kind have in common: schema, column orders, key-value metadata and
 * format version.
 *
 * <p>Taken from an existing file, everything is kept verbatim, field ids, unknown annotations and
 * foreign keys included. The template of a new dataset has the column order that every reader knows
 * and no key-value metadata: an {@code ARROW:schema} key would add nothing, since columns are
 * written in types that a reader maps back to the same Arrow types without it.
 *
 * <p>Immutable and thread-safe.
 */
public final class FileTemplate {
  private final int version;
  private final List<SchemaElement> elements;
  private final @Nullable List<ColumnOrder> orders;
  private final @Nullable List<KeyValue> keyValues;
  private final @Nullable VerbatimSchema verbatim;
  private final MessageType schema;
  private final List<ColumnDescriptor> leaves;
  private final boolean[] ordered;

  private FileTemplate(FileMetaData metadata, @Nullable VerbatimSchema verbatim) {
    this.verbatim = verbatim;
    this.version = metadata.getVersion();
    this.elements = List.copyOf(metadata.getSchema());
    this.orders = metadata.isSetColumn_orders() ? List.copyOf(metadata.getColumn_orders()) : null;
    this.keyValues =
        metadata.isSetKey_value_metadata() ? List.copyOf(metadata.getKey_value_metadata()) : null;
    this.schema = toMessageType(metadata);
    this.leaves = List.copyOf(schema.getColumns());
    this.ordered = orderedLeaves(elements, orders, leaves.size());
  }

  /** Returns the name and version of the program as written files tell them. */
  public static String writer() {
    return CreatedBy.TEXT;
  }

  /** Returns the template of a file with the schema and metadata of {@code footer}. */
  public static FileTemplate like(ParquetFooter footer) {
    return new FileTemplate(footer.thrift(), footer.verbatimSchema());
  }

  /** Returns the template of the files of a new dataset with the columns of {@code arrow}. */
  public static FileTemplate forSchema(Schema arrow) {
    org.apache.parquet.hadoop.metadata.FileMetaData described =
        new org.apache.parquet.hadoop.metadata.FileMetaData(
            messageType(arrow), Map.of(), CreatedBy.TEXT);
    FileMetaData metadata =
        new ParquetMetadataConverter()
            .toParquetMetadata(1, new ParquetMetadata(described, List.of()));
    List<ColumnOrder> orders = new ArrayList<>();
    for (int leaf = 0; leaf < described.getSchema().getColumns().size(); leaf++) {
      orders.add(ColumnOrder.TYPE_ORDER(new TypeDefinedOrder()));
    }
    metadata.setColumn_orders(orders);
    metadata.unsetKey_value_metadata();
    return new FileTemplate(metadata, null);
  }

  /**
   * Returns this template with all columns optional but those in {@code required}, for a file that
   * joins others which leave more values out than the one that the template came from.
   *
   * <p>A schema that can only be kept verbatim stays as it is.
   */
  public FileTemplate requiringOnly(Set<String> required) {
    if (verbatim != null) {
      return this;
    }
    FileMetaData metadata = newFileMetaData();
    List<SchemaElement> changed = metadata.getSchema();
    int columns = elements.get(0).getNum_children();
    int position = 1;
    for (int column = 0; column < columns; column++) {
      SchemaElement element = elements.get(position);
      if (element.getRepetition_type() == FieldRepetitionType.REQUIRED
          && !required.contains(element.getName())) {
        changed.set(
            position, new SchemaElement(element).setRepetition_type(FieldRepetitionType.OPTIONAL));
      }
      position = end(position);
    }
    return new FileTemplate(metadata, null);
  }

  /** Returns where the element after the one at {@code position} and all below it stands. */
  private int end(int position) {
    int end = position + 1;
    int children = elements.get(position).getNum_children();
    for (int child = 0; child < children; child++) {
      end = end(end);
    }
    return end;
  }

  /** Returns the schema; column orders are those that the file declares. */
  public MessageType schema() {
    return schema;
  }

  /** Returns the leaf columns in schema order. */
  public List<ColumnDescriptor> leaves() {
    return leaves;
  }

  /**
   * Returns whether the order of a leaf's values is declared and known, so that bounds of them mean
   * something.
   */
  boolean ordered(int leaf) {
    return ordered[leaf];
  }

  /**
   * Returns whether chunks of a file mean the same under this template: same schema, same column
   * orders.
   */
  boolean matches(ParquetFooter footer) {
    FileMetaData other = footer.thrift();
    if (!Objects.equals(verbatim, footer.verbatimSchema())) {
      return false;
    }
    if (verbatim != null) {
      return verbatim.includesOrders() || sameOrders(other);
    }
    return elements.equals(other.getSchema()) && sameOrders(other);
  }

  private boolean sameOrders(FileMetaData other) {
    return orders == null
        ? !other.isSetColumn_orders()
        : other.isSetColumn_orders() && orders.equals(other.getColumn_orders());
  }

  /** Writes the metadata of a file of {@code rows} rows to {@code out}. */
  void writeFooter(List<RowGroup> rowGroups, long rows, OutputStream out) throws IOException {
    FileMetaData metadata = newFileMetaData();
    metadata.setRow_groups(rowGroups);
    metadata.setNum_rows(rows);
    if (verbatim == null) {
      Util.writeFileMetaData(metadata, out);
    } else {
      verbatim.write(metadata, out);
    }
  }

  private FileMetaData newFileMetaData() {
    FileMetaData metadata =
        new FileMetaData(version, new ArrayList<>(elements), 0, new ArrayList<>());
    metadata.setCreated_by(CreatedBy.TEXT);
    if (orders != null) {
      metadata.setColumn_orders(new ArrayList<>(orders));
    }
    if (keyValues != null) {
      metadata.setKey_value_metadata(new ArrayList<>(keyValues));
    }
    return metadata;
  }

  private static MessageType messageType(Schema arrow) {
    List<Type> fields = new ArrayList<>();
    for (Field field : arrow.getFields()) {
      fields.add(ArrowTypes.parquetType(field));
    }
    return new MessageType("schema", fields);
  }

  private static MessageType toMessageType(FileMetaData metadata) {
    FileMetaData schemaOnly =
        new FileMetaData(metadata.getVersion(), metadata.getSchema(), 0, List.of());
    if (metadata.isSetColumn_orders()) {
      schemaOnly.setColumn_orders(metadata.getColumn_orders());
    }
    try {
      return new ParquetMetadataConverter()
          .fromParquetMetadata(schemaOnly)
          .getFileMetaData()
          .getSchema();
    } catch (IOException e) {
      throw new UncheckedIOException("A schema in memory cannot be converted", e);
    }
  }

  private static boolean[] orderedLeaves(
      List<SchemaElement> elements, @Nullable List<ColumnOrder> orders, int leaves) {
    boolean[] ordered = new boolean[leaves];
    if (orders == null) {
      return ordered;
    }
    int leaf = 0;
    for (SchemaElement element : elements) {
      if (element.isSetType()) {
        ordered[leaf] = orders.get(leaf).isSet() && knownAnnotation(element);
        leaf++;
      }
    }
    return ordered;
  }

  private static boolean knownAnnotation(SchemaElement element) {
    if (!element.isSetLogicalType()) {
      return true;
    }
    LogicalType annotation = element.getLogicalType();
    return annotation.isSet() && !annotation.isSetGEOMETRY() && !annotation.isSetGEOGRAPHY();
  }
}
