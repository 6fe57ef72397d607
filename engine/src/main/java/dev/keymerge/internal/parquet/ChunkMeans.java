package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Owns what an encoder needs besides the file: scratch memory, compressor, spool for pages, bloom
 * filter.
 *
 * <p>Opened as a whole or not at all. Closing releases everything that was not taken. Not
 * thread-safe.
 */
final class ChunkMeans implements AutoCloseable {
  private static final int SPOOL_BYTES = 4 << 20;

  private final StorageOutput out;
  private final ScratchArrays scratch;
  private @Nullable PageCompressor compressor;
  private ParquetMemory.@Nullable Admission admission;
  private long dictionaryBytes;
  private @Nullable PageSpool spool;
  private @Nullable BloomBits bloom;

  private ChunkMeans(StorageOutput out, ScratchArrays scratch) {
    this.out = out;
    this.scratch = scratch;
  }

  /** Opens what a chunk of {@code leaf} needs to be written to {@code target} in {@code style}. */
  static ChunkMeans open(ChunkTarget target, ChunkStyle style, ColumnDescriptor leaf)
      throws IOException {
    PrimitiveTypeName type = leaf.getPrimitiveType().getPrimitiveTypeName();
    ChunkMeans means = new ChunkMeans(target.out(), target.memory().openScratch("column encoder"));
    try {
      means.compressor = PageCodecs.compressor(style.codec(), style.level(), means.scratch);
      if (style.encoding() == ValueEncoding.DICTIONARY && type != PrimitiveTypeName.BOOLEAN) {
        ScratchFile file = target.scratch();
        if (file == null) {
          throw new IllegalArgumentException("A dictionary needs a scratch file");
        }
        means.dictionaryBytes = ChunkMemory.dictionary(target.rows(), leaf);
        means.admission = target.memory().admit(means.scratch, means.dictionaryBytes);
        means.spool = new PageSpool(target.memory(), file, SPOOL_BYTES);
      }
      means.bloom = BloomBits.open(style.bloom(), type, target.memory());
      return means;
    } catch (IOException | RuntimeException e) {
      try (means) {
        throw e;
      }
    }
  }

  /** Returns what is charged for a dictionary, or 0 if there is none. */
  long dictionaryBytes() {
    return dictionaryBytes;
  }

  /** Returns the memory that arrays of the encoder are charged to. */
  ScratchArrays scratch() {
    return scratch;
  }

  /** Returns the compressor of the style's codec. */
  PageCompressor compressor() {
    PageCompressor open = compressor;
    if (open == null) {
      throw new IllegalStateException("The encoder is closed");
    }
    return open;
  }

  /** Returns the filter that gets the hashes of new values; null if there is none. */
  @Nullable BlockSplitBloomFilter filter() {
    return bloom == null ? null : bloom.filter();
  }

  /**
   * Returns where data pages go: straight to the file unless a dictionary may have to stand in
   * front of them.
   */
  PageSink sink() {
    PageSpool pages = spool;
    return pages != null
        ? pages::write
        : (bytes, offset, length) -> out.write(ByteBuffer.wrap(bytes, offset, length));
  }

  /** Appends pages that were held back to the file. */
  void transferPages() throws IOException {
    if (spool != null) {
      spool.transferTo(out);
    }
  }

  /** Hands the bloom filter over to the caller, who closes it; null if there is none. */
  @Nullable BloomBits takeBloom() {
    BloomBits taken = bloom;
    bloom = null;
    return taken;
  }

  @Override
  public void close() throws IOException {
    try (ParquetMemory.Admission closingAdmission = admission;
        ScratchArrays closingScratch = scratch;
        BloomBits closingBloom = bloom;
        PageSpool closingSpool = spool;
        PageCompressor closingCompressor = compressor) {
      admission = null;
      bloom = null;
      spool = null;
      compressor = null;
    }
  }
}
