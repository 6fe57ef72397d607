package dev.keymerge.internal.parquet;

import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnMetaData;

/**
 * Knows about how much heap memory it takes to read and to encode column chunks.
 *
 * <p>Footers do not tell how large pages are: one is taken for as large as its chunk, as far as
 * pages are decoded as a whole. Pure functions.
 */
public final class ChunkMemory {
  private static final long MOST_DICTIONARY_BYTES = 16L << 20;
  private static final long DICTIONARY_VALUE_BYTES = 128;

  /** A decoded value of any length is a place and a length, beside its bytes and its level. */
  private static final long ENTRY_BYTES = 3 * Integer.BYTES;

  private ChunkMemory() {}

  /** Returns the most that a dictionary of {@code rows} values of any type takes. */
  public static long dictionary(long rows) {
    return Math.min(MOST_DICTIONARY_BYTES, rows * DICTIONARY_VALUE_BYTES);
  }

  /** Returns about the most that reading one of a file's chunks takes. */
  public static long toRead(ParquetFooter footer) {
    long most = 0;
    for (int rowGroup = 0; rowGroup < footer.rowGroups(); rowGroup++) {
      for (int leaf = 0; leaf < footer.leaves().size(); leaf++) {
        most = Math.max(most, toRead(footer, rowGroup, leaf));
      }
    }
    return most;
  }

  /**
   * Returns about the most that is taken when one of a file's chunks is read and encoded anew, in
   * the style that it has.
   */
  public static long toRewrite(ParquetFooter footer) {
    long most = 0;
    for (int rowGroup = 0; rowGroup < footer.rowGroups(); rowGroup++) {
      for (int leaf = 0; leaf < footer.leaves().size(); leaf++) {
        long reading = toRead(footer, rowGroup, leaf);
        long all = reading + dictionary(footer.rows(rowGroup), footer.leaves().get(leaf));
        if (all > most) {
          ValueEncoding encoding = ChunkStyle.like(footer, rowGroup, leaf).encoding();
          most = Math.max(most, encoding == ValueEncoding.DICTIONARY ? all : reading);
        }
      }
    }
    return most;
  }

  private static long toRead(ParquetFooter footer, int rowGroup, int leaf) {
    ColumnMetaData chunk = footer.chunk(rowGroup, leaf).getMeta_data();
    long dictionary = 0;
    if (chunk.isSetDictionary_page_offset()) {
      double share =
          (chunk.getData_page_offset() - chunk.getDictionary_page_offset())
              / (double) Math.max(1, chunk.getTotal_compressed_size());
      dictionary = (long) (Math.min(1, Math.max(0, share)) * chunk.getTotal_uncompressed_size());
    }
    return Math.min(chunk.getTotal_compressed_size(), PageLimits.USUAL.wholeBytes())
        + Math.min(chunk.getTotal_uncompressed_size(), PageLimits.USUAL.wholeBytes())
        + dictionary
        + ENTRY_BYTES * Math.min(chunk.getNum_values(), PageLimits.USUAL.wholeEntries());
  }

  /**
   * Returns what the hash table of a dictionary of {@code leaf} takes at worst in a row group of
   * {@code rows} rows, the one that it replaces as it grows included: so much per value until the
   * dictionary is full.
   */
  static long dictionary(long rows, ColumnDescriptor leaf) {
    long mostBytes;
    long valueBytes;
    switch (leaf.getPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> {
        return 0;
      }
      case INT32, FLOAT -> {
        mostBytes = 13L << 20;
        valueBytes = 64;
      }
      case INT64, DOUBLE -> {
        mostBytes = 8L << 20;
        valueBytes = 80;
      }
      default -> {
        mostBytes = MOST_DICTIONARY_BYTES;
        valueBytes = DICTIONARY_VALUE_BYTES;
      }
    }
    boolean mayHaveMoreValues = leaf.getMaxRepetitionLevel() > 0;
    return mayHaveMoreValues || rows > mostBytes / valueBytes ? mostBytes : rows * valueBytes;
  }
}
