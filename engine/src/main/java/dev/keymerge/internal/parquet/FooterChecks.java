package dev.keymerge.internal.parquet;

import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/**
 * Refuses footers that contradict themselves or point outside their file, so that later stages can
 * trust lengths, offsets and counts for what they are worth: none is negative, none leaves the
 * file, sums agree.
 *
 * <p>Pure functions; every one throws through the {@link FilePlace} that it gets.
 */
final class FooterChecks {
  /** Schemas are walked through by recursion, here and in libraries. */
  private static final int DEEPEST = 60;

  private static final int MAGIC_BYTES = 4;

  /** A text of a decimal has as many signs, and there is no limit in the format. */
  private static final int MOST_DECIMAL_DIGITS = 10_000;

  private FooterChecks() {}

  /** Checks that the list of schema elements is one tree and not a deep one. */
  static void schema(FilePlace place, FileMetaData footer) {
    List<SchemaElement> elements = footer.getSchema();
    if (elements.isEmpty()) {
      throw place.malformed("its schema is empty");
    }
    int end = endOfElement(place, elements, 0, 0);
    if (end != elements.size()) {
      throw place.malformed(
          "its schema has " + elements.size() + " elements of which " + end + " are used");
    }
  }

  private static int endOfElement(
      FilePlace place, List<SchemaElement> elements, int index, int depth) {
    if (index >= elements.size()) {
      throw place.malformed("its schema ends before all declared fields");
    }
    if (depth > DEEPEST) {
      throw place.unsupported(
          "its schema is nested more than " + DEEPEST + " levels deep",
          "Flatten the nested columns.");
    }
    SchemaElement element = elements.get(index);
    FieldRepetitionType repetition = element.getRepetition_type();
    if (index > 0 && repetition == null) {
      throw place.malformed("field '" + element.getName() + "' has no repetition");
    }
    boolean primitive = element.isSetType() && index > 0;
    if (primitive) {
      decimal(place, element);
      return index + 1;
    }
    int children = element.isSetNum_children() ? element.getNum_children() : 0;
    if (children < 0 || children > elements.size()) {
      throw place.malformed("field '" + element.getName() + "' has " + children + " children");
    }
    int next = index + 1;
    for (int child = 0; child < children; child++) {
      next = endOfElement(place, elements, next, depth + 1);
    }
    return next;
  }

  private static void decimal(FilePlace place, SchemaElement element) {
    int digits = element.isSetPrecision() ? element.getPrecision() : 0;
    int scale = element.isSetScale() ? element.getScale() : 0;
    if (element.isSetLogicalType() && element.getLogicalType().isSetDECIMAL()) {
      digits = Math.max(digits, element.getLogicalType().getDECIMAL().getPrecision());
      scale = Math.max(scale, element.getLogicalType().getDECIMAL().getScale());
    }
    if (digits > MOST_DECIMAL_DIGITS || scale > MOST_DECIMAL_DIGITS) {
      throw place.malformed(
          "field '"
              + element.getName()
              + "' has decimals of "
              + digits
              + " digits, "
              + scale
              + " of them decimal places");
    }
  }

  /**
   * Checks every row group and every column chunk in it and returns the number of rows of all;
   * chunks must end before {@code dataEnd}.
   *
   * <p>The row groups count: some writers leave the total of the file at 0.
   */
  static long rowGroups(
      FilePlace place, FileMetaData footer, List<ColumnDescriptor> leaves, long dataEnd) {
    if (footer.isSetEncryption_algorithm()) {
      throw encrypted(place);
    }
    long rows = 0;
    List<RowGroup> groups = footer.getRow_groups();
    for (int index = 0; index < groups.size(); index++) {
      RowGroup group = groups.get(index);
      long groupRows = group.getNum_rows();
      if (groupRows < 0 || rows + groupRows < rows) {
        throw place.malformed("row group " + index + " has " + groupRows + " rows");
      }
      rows += groupRows;
      if (group.getColumnsSize() != leaves.size()) {
        throw place.malformed(
            "row group "
                + index
                + " has "
                + group.getColumnsSize()
                + " columns where the schema has "
                + leaves.size());
      }
      for (int leaf = 0; leaf < leaves.size(); leaf++) {
        ColumnDescriptor descriptor = leaves.get(leaf);
        FilePlace column = place.column(index, String.join(".", descriptor.getPath()));
        chunk(column, group.getColumns().get(leaf), descriptor, groupRows, dataEnd);
      }
    }
    if (footer.getNum_rows() != 0 && footer.getNum_rows() != rows) {
      throw place.malformed(
          "its row groups have " + rows + " rows where the file has " + footer.getNum_rows());
    }
    return rows;
  }

  private static void chunk(
      FilePlace place, ColumnChunk chunk, ColumnDescriptor leaf, long rows, long dataEnd) {
    if (chunk.isSetCrypto_metadata() || chunk.isSetEncrypted_column_metadata()) {
      throw encrypted(place);
    }
    if (chunk.isSetFile_path() && !chunk.getFile_path().isEmpty()) {
      throw place.unsupported(
          "its data is in another file, " + chunk.getFile_path(),
          "Merge into the files that hold the data.");
    }
    ColumnMetaData meta = chunk.getMeta_data();
    if (meta == null) {
      throw place.malformed("it has no metadata");
    }
    if (!List.of(leaf.getPath()).equals(meta.getPath_in_schema())) {
      throw place.malformed(
          "its metadata belong to column '" + String.join(".", meta.getPath_in_schema()) + "'");
    }
    PrimitiveTypeName type = physicalType(meta);
    if (type != leaf.getPrimitiveType().getPrimitiveTypeName()) {
      throw place.malformed(
          "its data is "
              + type
              + " where the schema says "
              + leaf.getPrimitiveType().getPrimitiveTypeName());
    }
    long values = meta.getNum_values();
    boolean flat = leaf.getMaxRepetitionLevel() == 0;
    if (values < 0 || (flat ? values != rows : values < rows)) {
      throw place.malformed("it has " + values + " values for " + rows + " rows");
    }
    if (values > 0) {
      extent(place, meta, dataEnd);
    }
  }

  private static void extent(FilePlace place, ColumnMetaData meta, long dataEnd) {
    long start = chunkStart(meta);
    long length = meta.getTotal_compressed_size();
    if (start < MAGIC_BYTES || length <= 0 || length > dataEnd - start) {
      throw place.malformed(
          "its data is said to take "
              + length
              + " bytes from "
              + start
              + " on, in a file whose data end at "
              + dataEnd);
    }
  }

  /**
   * Returns where the first page of a chunk starts.
   *
   * <p>That is the dictionary page if the metadata name one that stands before the data pages. Some
   * writers name none, or 0, and let the offset of the data pages point at the dictionary; then the
   * first page is found to be a dictionary when it is read.
   */
  static long chunkStart(ColumnMetaData meta) {
    long data = meta.getData_page_offset();
    if (!meta.isSetDictionary_page_offset()) {
      return data;
    }
    long dictionary = meta.getDictionary_page_offset();
    return dictionary >= MAGIC_BYTES && dictionary < data ? dictionary : data;
  }

  /** Returns the codec of a chunk. */
  static CompressionCodec codec(FilePlace place, ColumnMetaData meta) {
    CompressionCodec codec = meta.getCodec();
    if (!PageCodecs.readable(codec)) {
      throw place.unsupported(
          "its pages are compressed by " + codec + ", which is not supported",
          "Write the file again with another codec, such as zstd.");
    }
    return codec;
  }

  private static PrimitiveTypeName physicalType(ColumnMetaData meta) {
    return switch (meta.getType()) {
      case BOOLEAN -> PrimitiveTypeName.BOOLEAN;
      case INT32 -> PrimitiveTypeName.INT32;
      case INT64 -> PrimitiveTypeName.INT64;
      case INT96 -> PrimitiveTypeName.INT96;
      case FLOAT -> PrimitiveTypeName.FLOAT;
      case DOUBLE -> PrimitiveTypeName.DOUBLE;
      case BYTE_ARRAY -> PrimitiveTypeName.BINARY;
      case FIXED_LEN_BYTE_ARRAY -> PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
    };
  }

  private static RuntimeException encrypted(FilePlace place) {
    return place.unsupported(
        "it is encrypted, which is not supported", "Write it again without encryption.");
  }
}
