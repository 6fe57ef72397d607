package dev.keymerge.internal.parquet;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.arrow.vector.FieldVector;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.io.ParquetEncodingException;
import org.apache.parquet.schema.MessageType;

/**
 * Encodes one column chunk from rows that come one after the other: carried over from an old chunk,
 * from Arrow vectors, or null.
 *
 * <p>Rows have to add up to those of the row group. {@link #finish} completes the chunk in the
 * file; an encoder that is closed without it leaves a file that is good for nothing. Equal rows in
 * equal style give equal bytes, however they were cut into calls and however much memory there is.
 *
 * <p>Holds one page, the dictionary and, where a dictionary is possible, finished pages up to a
 * bound; pages beyond it wait in the scratch file. Not thread-safe.
 */
public final class ColumnChunkEncoder implements AutoCloseable {
  /** How many rows a data page holds at most. */
  public static final int PAGE_ROWS = 8192;

  private static final int PAGE_BYTES = 1 << 20;
  private static final int UNMEASURED_ROWS = 8;
  private static final int DICTIONARY_BYTES = 1 << 20;

  private final ChunkTarget target;
  private final ChunkStyle style;
  private final ChunkMeans means;
  private final EncodedChunk.Receiver receiver;
  private final long start;
  private final ColumnDescriptor leaf;
  private final ChunkNotes notes;
  private final ChunkPageWriter pages;
  private final ColumnWriteStore store;
  private final ColumnWriter writer;
  private final RowCounter rows;
  private final CarriedValues carried;
  private final ArrowValues arrow;
  private boolean finished;
  private boolean closed;

  private ColumnChunkEncoder(
      ChunkTarget target,
      ChunkStyle style,
      MessageType schema,
      ChunkMeans means,
      EncodedChunk.Receiver receiver) {
    this.target = target;
    this.receiver = receiver;
    this.style = style;
    this.means = means;
    this.start = target.out().position();
    this.leaf = schema.getColumns().get(0);
    boolean bounded = target.template().ordered(target.leaf());
    this.notes = new ChunkNotes(leaf, style.indexing(), bounded, means.scratch());
    this.pages =
        new ChunkPageWriter(leaf, means.compressor(), means.scratch(), means.sink(), notes);
    this.store = properties(leaf, style, target.memory()).newColumnWriteStore(schema, pages);
    this.writer = store.getColumnWriter(leaf);
    this.rows = new RowCounter(store);
    BlockSplitBloomFilter filter = means.filter();
    boolean hashCarried = style.bloom() instanceof BloomStyle.Fresh;
    ValueSink sink =
        new ValueSink(writer, rows, new ValueCopies(means.scratch(), means.dictionaryBytes()));
    this.carried = new CarriedValues(leaf, sink, hashCarried ? filter : null);
    this.arrow = new ArrowValues(leaf, sink, filter, means.scratch());
  }

  /**
   * Opens an encoder for the chunk at {@code target}, which goes to {@code receiver}; the caller
   * closes it.
   */
  static ColumnChunkEncoder open(
      ChunkTarget target, ChunkStyle style, EncodedChunk.Receiver receiver) throws IOException {
    MessageType schema = LeafSchema.only(target.template().schema(), target.leaf());
    ChunkMeans means = ChunkMeans.open(target, style, schema.getColumns().get(0));
    try {
      return new ColumnChunkEncoder(target, style, schema, means, receiver);
    } catch (RuntimeException e) {
      try (means) {
        throw e;
      }
    }
  }

  /**
   * Appends entries {@code fromEntry} to {@code toEntry} of a decoded page as they are, nested
   * columns included.
   *
   * @param firstValue index of the first value that belongs to these entries
   * @return index of the value after them
   */
  public int carry(PageValues page, int fromEntry, int toEntry, int firstValue) throws IOException {
    try {
      return carried.carry(page, fromEntry, toEntry, firstValue);
    } catch (ParquetEncodingException e) {
      throw ioFailure(e);
    }
  }

  /**
   * Appends {@code count} values of a vector, one row each; for columns that are not nested, in
   * their canonical Arrow type.
   *
   * @throws IllegalStateException if the column is required and a value is null
   */
  public void append(FieldVector vector, int from, int count) throws IOException {
    try {
      arrow.append(vector, from, count);
    } catch (ParquetEncodingException e) {
      throw ioFailure(e);
    }
  }

  /**
   * Appends rows in which the column, or what it is nested in, is null.
   *
   * @throws IllegalStateException if that cannot be
   */
  public void appendNulls(long count) throws IOException {
    if (leaf.getMaxDefinitionLevel() == 0) {
      throw new IllegalStateException("Column '" + name() + "' is required and cannot be null");
    }
    try {
      for (long row = 0; row < count; row++) {
        rows.entry(0);
        writer.writeNull(0, 0);
      }
    } catch (ParquetEncodingException e) {
      throw ioFailure(e);
    }
  }

  /**
   * Completes the chunk in the file.
   *
   * @throws IllegalStateException if rows are missing or too many
   */
  public void finish() throws IOException {
    if (finished || closed) {
      throw new IllegalStateException("The encoder of column '" + name() + "' is done");
    }
    if (rows.rows() != target.rows()) {
      throw new IllegalStateException(
          "Column '" + name() + "' got " + rows.rows() + " rows of " + target.rows());
    }
    try {
      rows.end();
      store.flush();
    } catch (ParquetEncodingException e) {
      throw ioFailure(e);
    }
    if (pages.dictionaryBytes() > 0) {
      target.out().write(ByteBuffer.wrap(pages.dictionary(), 0, pages.dictionaryBytes()));
    }
    means.transferPages();
    finished = true;
    receiver.receive(
        new EncodedChunk(
            notes.metadata(style.codec(), start),
            start,
            notes.pages(),
            notes.columnIndex(),
            notes.offsetIndex(start),
            means.takeBloom()));
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    pages.discard();
    try (means) {
      closeStore();
    }
  }

  private void closeStore() {
    try {
      store.close();
    } catch (RuntimeException e) {
      // The store gives up encoding what is left at the first failure, and then closes without it.
      store.close();
    }
  }

  private String name() {
    return String.join(".", leaf.getPath());
  }

  private static IOException ioFailure(ParquetEncodingException failure) {
    if (failure.getCause() instanceof IOException cause) {
      return cause;
    }
    throw failure;
  }

  private static ParquetProperties properties(
      ColumnDescriptor leaf, ChunkStyle style, ParquetMemory memory) {
    boolean v2 = style.pages() == PageVersion.V2;
    boolean full = style.indexing() == ChunkIndexing.FULL;
    boolean split = style.encoding() == ValueEncoding.BYTE_STREAM_SPLIT;
    ParquetProperties.Builder builder =
        ParquetProperties.builder()
            .withAllocator(memory)
            .withWriterVersion(v2 ? WriterVersion.PARQUET_2_0 : WriterVersion.PARQUET_1_0)
            .withPageSize(PAGE_BYTES)
            .withPageRowCountLimit(PAGE_ROWS)
            .withDictionaryPageSize(DICTIONARY_BYTES)
            .withDictionaryEncoding(style.encoding() == ValueEncoding.DICTIONARY)
            .withMinRowCountForPageSizeCheck(1)
            .withMaxRowCountForPageSizeCheck(rowsBetweenChecks(leaf))
            .estimateRowCountForPageSizeCheck(true)
            .withColumnIndexTruncateLength(ChunkNotes.BOUND_BYTES)
            .withStatisticsEnabled(full)
            .withSizeStatisticsEnabled(full)
            .withValuesWriterFactory(new LeafValuesWriterFactory(style.pages()));
    if (split) {
      builder.withExtendedByteStreamSplitEncoding(true);
    }
    return builder.build();
  }

  /**
   * Returns how many rows a page may take in unmeasured. Measuring costs as much as writing a short
   * value, but each long value that comes after short ones adds to a page that is full already.
   */
  private static int rowsBetweenChecks(ColumnDescriptor leaf) {
    switch (leaf.getPrimitiveType().getPrimitiveTypeName()) {
      case BINARY:
      case FIXED_LEN_BYTE_ARRAY:
        return UNMEASURED_ROWS;
      default:
        return leaf.getMaxRepetitionLevel() > 0 ? UNMEASURED_ROWS : PAGE_ROWS;
    }
  }
}
