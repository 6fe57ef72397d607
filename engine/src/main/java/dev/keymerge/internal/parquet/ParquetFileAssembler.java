package dev.keymerge.internal.parquet;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.StorageOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.RowGroup;
import org.jspecify.annotations.Nullable;

/**
 * Writes one Parquet file from column chunks that are copied as they are or encoded anew, in any
 * mixture.
 *
 * <p>Row group by row group, and in it leaf by leaf in schema order: {@link #startRowGroup}, one
 * {@link #copyChunk} or {@link #encodeChunk} per leaf, {@link #endRowGroup}; at last {@link
 * #finish}. A file is valid only after that; until then it is the caller's to delete. The caller
 * syncs and closes the output. Files that chunks are copied from stay open until {@link #finish}
 * returns.
 *
 * <p>Copied chunks keep their statistics, page indexes and bloom filters. The bytes written depend
 * on nothing but what was asked.
 *
 * <p>Memory: the open encoder's, and per chunk its footer entry and the page indexes of encoded
 * chunks. Not thread-safe.
 */
public final class ParquetFileAssembler implements AutoCloseable {
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  /** What the footer entry of one chunk takes in the heap, about. */
  private static final long CHUNK_ENTRY_BYTES = 2048;

  private final StorageOutput out;
  private final FileTemplate template;
  private final ParquetMemory memory;
  private final @Nullable ScratchFile scratchFile;
  private final ScratchArrays scratch;
  private final List<RowGroup> rowGroups = new ArrayList<>();
  private final List<PendingIndex> indexes = new ArrayList<>();
  private final List<PendingBloom> blooms = new ArrayList<>();
  private @Nullable RowGroup group;
  private @Nullable ParquetFile matching;
  private boolean encoding;
  private boolean finished;
  private long rows;
  private long chunksCopied;
  private long bytesCopied;
  private long chunksEncoded;
  private long pagesEncoded;

  private ParquetFileAssembler(
      StorageOutput out,
      FileTemplate template,
      ParquetMemory memory,
      @Nullable ScratchFile scratchFile) {
    this.out = out;
    this.template = template;
    this.memory = memory;
    this.scratchFile = scratchFile;
    this.scratch = memory.openScratch("Parquet file writer");
  }

  /**
   * Starts a file.
   *
   * @param out empty file; stays the caller's
   * @param template what the file is like
   * @param memory lends buffers; stays the caller's
   * @param scratchFile name of a file for pages that do not fit into memory
   */
  public static ParquetFileAssembler create(
      StorageOutput out, FileTemplate template, ParquetMemory memory, ScratchFile scratchFile)
      throws IOException {
    return start(out, template, memory, scratchFile);
  }

  /**
   * Starts a file whose chunks are copied or encoded without a dictionary, so that pages never have
   * to wait.
   */
  static ParquetFileAssembler create(StorageOutput out, FileTemplate template, ParquetMemory memory)
      throws IOException {
    return start(out, template, memory, null);
  }

  private static ParquetFileAssembler start(
      StorageOutput out,
      FileTemplate template,
      ParquetMemory memory,
      @Nullable ScratchFile scratchFile)
      throws IOException {
    if (out.position() != 0) {
      throw new IllegalArgumentException(out.path() + " is not empty");
    }
    out.write(ByteBuffer.wrap(MAGIC));
    return new ParquetFileAssembler(out, template, memory, scratchFile);
  }

  /** Starts the next row group, which gets {@code rows} rows. */
  public void startRowGroup(long rows) {
    if (finished || group != null) {
      throw new IllegalStateException("A row group cannot start here");
    }
    if (rows < 0) {
      throw new IllegalArgumentException("A row group cannot have " + rows + " rows");
    }
    group = new RowGroup(new ArrayList<>(), 0, rows);
  }

  /** Returns which leaf of the open row group comes next; the number of leaves if all are there. */
  public int nextLeaf() {
    return openGroup().getColumnsSize();
  }

  /**
   * Copies a chunk of the same column and as many rows, byte by byte.
   *
   * @param source file to copy from, of the very schema of the template; stays open until {@link
   *     #finish}
   * @param rowGroup row group there
   * @param leaf the leaf that comes next
   * @throws MergeException.BadData if the chunk's metadata do not hold
   */
  public void copyChunk(ParquetFile source, int rowGroup, int leaf) throws IOException {
    RowGroup open = openGroup();
    if (leaf != open.getColumnsSize()) {
      throw new IllegalStateException("Leaf " + open.getColumnsSize() + " comes next, not " + leaf);
    }
    if (source != matching) {
      if (!template.matches(source.footer())) {
        throw new IllegalArgumentException(
            source.input().path() + " has not the schema of " + out.path());
      }
      matching = source;
    }
    if (source.footer().rows(rowGroup) != open.getNum_rows()) {
      throw new IllegalArgumentException(
          "Row group " + rowGroup + " of " + source.input().path() + " has not as many rows");
    }
    scratch.charge(CHUNK_ENTRY_BYTES);
    CopyRange range = CopyRange.find(source, rowGroup, leaf);
    long start = out.position();
    out.copyFrom(source.input(), range.start(), range.length());
    ColumnChunk chunk = CopiedMetadata.of(source.footer(), rowGroup, leaf, range, start);
    BloomRange bloom = BloomRange.find(source, rowGroup, leaf);
    if (bloom != null) {
      blooms.add(new PendingBloom.Copied(chunk.getMeta_data(), source, bloom));
    }
    open.addToColumns(chunk);
    indexes.add(new PendingIndex.Copied(source, rowGroup, leaf, range, start));
    chunksCopied++;
    bytesCopied += range.length();
  }

  /**
   * Starts encoding the chunk of the leaf that comes next; the caller finishes and closes it before
   * anything else.
   */
  public ColumnChunkEncoder encodeChunk(ChunkStyle style) throws IOException {
    RowGroup open = openGroup();
    int leaf = open.getColumnsSize();
    if (leaf >= template.leaves().size()) {
      throw new IllegalStateException("The row group is complete");
    }
    scratch.charge(CHUNK_ENTRY_BYTES);
    ColumnChunkEncoder encoder =
        ColumnChunkEncoder.open(
            new ChunkTarget(template, leaf, open.getNum_rows(), out, memory, scratchFile),
            style,
            this::add);
    encoding = true;
    return encoder;
  }

  /** Writes the chunk of the leaf that comes next from all values of a vector. */
  void writeChunk(PlainChunkWriter writer, FieldVector vector) throws IOException {
    RowGroup open = openGroup();
    ColumnDescriptor leaf = template.leaves().get(open.getColumnsSize());
    scratch.charge(CHUNK_ENTRY_BYTES);
    add(writer.write(out, leaf, vector, Math.toIntExact(open.getNum_rows())));
  }

  /** Completes the open row group, which claims no order of its rows. */
  public void endRowGroup() throws IOException {
    RowGroup open = openGroup();
    if (open.getColumnsSize() != template.leaves().size()) {
      throw new IllegalStateException("Leaf " + open.getColumnsSize() + " is missing");
    }
    long compressed = 0;
    long uncompressed = 0;
    for (ColumnChunk chunk : open.getColumns()) {
      compressed += chunk.getMeta_data().getTotal_compressed_size();
      uncompressed += chunk.getMeta_data().getTotal_uncompressed_size();
    }
    open.setTotal_byte_size(uncompressed);
    open.setTotal_compressed_size(compressed);
    if (open.getColumnsSize() > 0) {
      open.setFile_offset(FooterChecks.chunkStart(open.getColumns().get(0).getMeta_data()));
    }
    if (rowGroups.size() <= Short.MAX_VALUE) {
      open.setOrdinal((short) rowGroups.size());
    }
    while (!blooms.isEmpty()) {
      try (PendingBloom bloom = blooms.remove(0)) {
        bloom.writeTo(out);
      }
    }
    rows += open.getNum_rows();
    rowGroups.add(open);
    group = null;
  }

  /**
   * Completes the open row group, whose rows are in the order that row group {@code rowGroup} of
   * {@code source} claims.
   */
  public void endRowGroupSortedLike(ParquetFooter source, int rowGroup) throws IOException {
    RowGroup model = source.thrift().getRow_groups().get(rowGroup);
    if (model.isSetSorting_columns()) {
      openGroup().setSorting_columns(model.deepCopy().getSorting_columns());
    }
    endRowGroup();
  }

  /** Completes the file, but for its sync and close. */
  public WrittenFile finish() throws IOException {
    if (finished || group != null) {
      throw new IllegalStateException("The file cannot be finished here");
    }
    finished = true;
    writeIndexes();
    long footerStart = out.position();
    StorageStream stream = new StorageStream(out);
    template.writeFooter(rowGroups, rows, stream);
    stream.flush();
    long footerBytes = out.position() - footerStart;
    ByteBuffer tail = ByteBuffer.allocate(Integer.BYTES + MAGIC.length);
    tail.order(ByteOrder.LITTLE_ENDIAN).putInt(Math.toIntExact(footerBytes)).put(MAGIC).flip();
    out.write(tail);
    return new WrittenFile(
        out.path(),
        rows,
        out.position(),
        rowGroups.size(),
        chunksCopied,
        bytesCopied,
        chunksEncoded,
        pagesEncoded);
  }

  @Override
  public void close() {
    for (PendingBloom bloom : blooms) {
      bloom.close();
    }
    blooms.clear();
    indexes.clear();
    scratch.close();
  }

  private RowGroup openGroup() {
    RowGroup open = group;
    if (finished || open == null || encoding) {
      throw new IllegalStateException("No row group is open, or an encoder is not finished");
    }
    return open;
  }

  private void add(EncodedChunk chunk) {
    encoding = false;
    RowGroup open = openGroup();
    BloomBits bloom = chunk.bloom();
    if (bloom != null) {
      blooms.add(new PendingBloom.Encoded(chunk.metadata(), bloom));
    }
    byte[] columnIndex = chunk.columnIndex();
    byte[] offsetIndex = chunk.offsetIndex();
    scratch.charge(
        (columnIndex == null ? 0 : columnIndex.length)
            + (offsetIndex == null ? 0 : offsetIndex.length));
    ColumnChunk entry = new ColumnChunk(0);
    entry.setMeta_data(chunk.metadata());
    open.addToColumns(entry);
    indexes.add(new PendingIndex.Encoded(columnIndex, offsetIndex));
    chunksEncoded++;
    pagesEncoded += chunk.pages();
  }

  private void writeIndexes() throws IOException {
    int next = 0;
    for (RowGroup written : rowGroups) {
      for (ColumnChunk chunk : written.getColumns()) {
        long offset = out.position();
        int length = indexes.get(next++).writeColumnIndex(out, memory);
        if (length > 0) {
          chunk.setColumn_index_offset(offset);
          chunk.setColumn_index_length(length);
        }
      }
    }
    next = 0;
    for (RowGroup written : rowGroups) {
      for (ColumnChunk chunk : written.getColumns()) {
        long offset = out.position();
        int length = indexes.get(next++).writeOffsetIndex(out, memory);
        if (length > 0) {
          chunk.setOffset_index_offset(offset);
          chunk.setOffset_index_length(length);
        }
      }
    }
  }

  /** Holds the bloom filter of one chunk until the end of its row group. */
  private sealed interface PendingBloom extends AutoCloseable {
    void writeTo(StorageOutput out) throws IOException;

    @Override
    void close();

    /** Copies the filter of a copied chunk. */
    record Copied(ColumnMetaData metadata, ParquetFile source, BloomRange range)
        implements PendingBloom {
      @Override
      public void writeTo(StorageOutput out) throws IOException {
        metadata.setBloom_filter_offset(out.position());
        metadata.setBloom_filter_length(range.bytes());
        out.copyFrom(source.input(), range.offset(), range.bytes());
      }

      @Override
      public void close() {}
    }

    /** Writes the filter of an encoded chunk, and owns it. */
    record Encoded(ColumnMetaData metadata, BloomBits bloom) implements PendingBloom {
      @Override
      public void writeTo(StorageOutput out) throws IOException {
        metadata.setBloom_filter_offset(out.position());
        metadata.setBloom_filter_length(bloom.writeTo(out));
      }

      @Override
      public void close() {
        bloom.close();
      }
    }
  }
}
