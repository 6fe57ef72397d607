package dev.keymerge.internal.parquet;

import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of a footer what reading chunks takes to know: a few numbers for each, where the footer's
 * own structures take a kilobyte.
 *
 * <p>Outlives the open file. Immutable and thread-safe, but for closing, once, which gives back
 * what is charged for it.
 */
public final class PackedFooter implements AutoCloseable {
  // What is kept of a chunk, in this order.
  private static final int START = 0;
  private static final int STORED_BYTES = 1;
  private static final int ENTRIES = 2;
  private static final int CODEC = 3;
  private static final int INDEX_START = 4;
  private static final int INDEX_BYTES = 5;
  private static final int NUMBERS = 6;

  /** What the objects around the numbers take, about, and those that keep accounts of them. */
  private static final int OBJECT_BYTES = 640;

  private final FilePlace place;
  private final PackedSchema schema;
  private final long[] rows;
  private final long[] numbers;
  private final ScratchArrays charged;
  private final long retainedBytes;

  /**
   * Packs {@code footer}, which is not kept.
   *
   * @param shared the schema of the footer if somebody else pays for it, or null
   * @param charged pays; borrowed
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses
   */
  PackedFooter(ParquetFooter footer, @Nullable PackedSchema shared, ScratchArrays charged) {
    this.charged = charged;
    place = FilePlace.of(footer.path());
    long chunks = (long) footer.rowGroups() * footer.leaves().size();
    long own = OBJECT_BYTES + (chunks * NUMBERS + footer.rowGroups()) * Long.BYTES;
    retainedBytes = own + (shared == null ? ParquetFooter.schemaBytes(footer.leaves().size()) : 0);
    charged.charge(retainedBytes);
    schema = shared == null ? new PackedSchema(footer) : shared;
    rows = new long[footer.rowGroups()];
    numbers = new long[Math.toIntExact(chunks * NUMBERS)];
    for (int rowGroup = 0; rowGroup < rows.length; rowGroup++) {
      rows[rowGroup] = footer.rows(rowGroup);
      for (int leaf = 0; leaf < schema.leaves().size(); leaf++) {
        pack(footer.chunk(rowGroup, leaf), first(rowGroup, leaf));
      }
    }
  }

  private int first(int rowGroup, int leaf) {
    return (rowGroup * schema.leaves().size() + leaf) * NUMBERS;
  }

  private void pack(ColumnChunk chunk, int first) {
    ColumnMetaData meta = chunk.getMeta_data();
    numbers[first + START] = FooterChecks.chunkStart(meta);
    numbers[first + STORED_BYTES] = meta.getTotal_compressed_size();
    numbers[first + ENTRIES] = meta.getNum_values();
    numbers[first + CODEC] = meta.getCodec().getValue();
    if (chunk.isSetOffset_index_offset() && chunk.isSetOffset_index_length()) {
      numbers[first + INDEX_START] = chunk.getOffset_index_offset();
      numbers[first + INDEX_BYTES] = chunk.getOffset_index_length();
    }
  }

  /** Returns the first top-level column of exactly this name, or null if there is none. */
  public @Nullable FileColumn column(String name) {
    return schema.column(name);
  }

  /** Returns what a reader of one chunk has to know. */
  ChunkFacts facts(int rowGroup, int leaf) {
    int first = first(rowGroup, leaf);
    ColumnMetaData meta = new ColumnMetaData();
    meta.setCodec(CompressionCodec.findByValue((int) numbers[first + CODEC]));
    meta.setNum_values(numbers[first + ENTRIES]);
    meta.setTotal_compressed_size(numbers[first + STORED_BYTES]);
    meta.setData_page_offset(numbers[first + START]);
    ColumnChunk chunk = new ColumnChunk();
    chunk.setMeta_data(meta);
    if (numbers[first + INDEX_BYTES] != 0) {
      chunk.setOffset_index_offset(numbers[first + INDEX_START]);
      chunk.setOffset_index_length((int) numbers[first + INDEX_BYTES]);
    }
    ColumnDescriptor column = schema.leaves().get(leaf);
    return new ChunkFacts(
        place.column(rowGroup, String.join(".", column.getPath())), column, rows[rowGroup], chunk);
  }

  /** Returns about how many bytes of heap closing this gives back. */
  public long retainedBytes() {
    return retainedBytes;
  }

  @Override
  public void close() {
    charged.discharge(retainedBytes);
  }
}
