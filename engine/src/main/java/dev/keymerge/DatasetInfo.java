package dev.keymerge;

import java.util.List;

/**
 * Describes a Parquet dataset as its footers tell, without reading a value.
 *
 * <p>Immutable.
 *
 * @param target the directory or file, as asked
 * @param keyColumns the key columns, as asked; may be empty
 * @param rows rows of all files
 * @param bytes length of all files
 * @param rowGroups row groups of all files
 * @param columns the leaf columns in the order of the first file that has them
 * @param files the files in path order, which is the order of the rows
 * @param advice what would make merges into this dataset cheaper or safer; empty if nothing is
 *     known
 */
public record DatasetInfo(
    String target,
    List<String> keyColumns,
    long rows,
    long bytes,
    long rowGroups,
    List<ColumnInfo> columns,
    List<FileInfo> files,
    List<Advice> advice) {

  /** Says whether all, some or none of the chunks of a file or a column have something. */
  public enum Coverage {
    /** Every chunk has it. */
    ALL,
    /** Some chunks have it, others do not. */
    SOME,
    /** No chunk has it. */
    NONE
  }

  /**
   * Describes one file.
   *
   * @param path path below the target, with {@code /} between the parts
   * @param rows its rows
   * @param bytes its length
   * @param rowGroups its row groups
   * @param largestRowGroupBytes compressed bytes of its largest row group
   * @param createdBy the program that wrote it, as far as it says; may be empty
   * @param codecs the codecs of its chunks, in lower case, in order of their names
   * @param statistics which chunks have bounds of their values: key columns only, if there are any
   * @param pageIndex which chunks have a page index: key columns only, if there are any
   * @param bloomFilter which chunks have a bloom filter: key columns only, if there are any
   * @param keyRanges the bounds of each key column; empty without key columns
   */
  public record FileInfo(
      String path,
      long rows,
      long bytes,
      int rowGroups,
      long largestRowGroupBytes,
      String createdBy,
      List<String> codecs,
      Coverage statistics,
      Coverage pageIndex,
      Coverage bloomFilter,
      List<KeyRange> keyRanges) {}

  /**
   * Describes one leaf column over all files.
   *
   * @param name its path in the schema, with dots between the parts
   * @param type its Parquet type, as a schema is written
   * @param codecs the codecs of its chunks, in lower case, in order of their names
   * @param compressedBytes what it takes in the files
   * @param uncompressedBytes what it would take without compression
   * @param statistics which chunks have bounds of their values
   * @param pageIndex which chunks have a page index
   * @param bloomFilter which chunks have a bloom filter
   */
  public record ColumnInfo(
      String name,
      String type,
      List<String> codecs,
      long compressedBytes,
      long uncompressedBytes,
      Coverage statistics,
      Coverage pageIndex,
      Coverage bloomFilter) {}

  /**
   * Tells between which values a key column lies.
   *
   * @param column name of the column
   * @param least text of a value that none is below, or empty if it is not known
   * @param greatest text of a value that none is above, or empty if it is not known
   * @param nulls how many values are null, or -1 if it is not known
   */
  public record KeyRange(String column, String least, String greatest, long nulls) {}

  /**
   * Advises on one thing.
   *
   * @param finding what was found
   * @param remedy what it costs, and what to do about it
   */
  public record Advice(String finding, String remedy) {}
}
