package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Holds the bloom filter of a chunk from its first value until it is written.
 *
 * <p>Its bits are charged; closing gives them back. Not thread-safe.
 */
final class BloomBits implements AutoCloseable {
  private static final double FALSE_POSITIVES = 0.01;

  private final ScratchArrays scratch;
  private final byte[] bits;
  private final BlockSplitBloomFilter filter;

  private BloomBits(ScratchArrays scratch, byte[] bits) {
    this.scratch = scratch;
    this.bits = bits;
    this.filter = new BlockSplitBloomFilter(bits);
  }

  /**
   * Starts the filter that {@code style} asks for; null if it asks for none or the type cannot have
   * one.
   */
  static @Nullable BloomBits open(BloomStyle style, PrimitiveTypeName type, ParquetMemory memory)
      throws IOException {
    if (type == PrimitiveTypeName.BOOLEAN || style instanceof BloomStyle.None) {
      return null;
    }
    if (style instanceof BloomStyle.Inherited inherited) {
      return inherit(inherited, memory);
    }
    long distinct = ((BloomStyle.Fresh) style).distinctValues();
    int wanted = BlockSplitBloomFilter.optimalNumOfBits(distinct, FALSE_POSITIVES) / Byte.SIZE;
    int powerOfTwo = Math.max(32, Integer.highestOneBit(Math.max(1, wanted - 1)) << 1);
    return allocate(Math.min(powerOfTwo, BlockSplitBloomFilter.UPPER_BOUND_BYTES), memory);
  }

  /** Returns the filter, to add hashes to. */
  BlockSplitBloomFilter filter() {
    return filter;
  }

  /** Appends header and bits to {@code out} and returns how many bytes that took. */
  int writeTo(StorageOutput out) throws IOException {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    Util.writeBloomFilterHeader(ParquetMetadataConverter.toBloomFilterHeader(filter), header);
    out.write(ByteBuffer.wrap(header.toByteArray()));
    out.write(ByteBuffer.wrap(bits));
    return header.size() + bits.length;
  }

  @Override
  public void close() {
    scratch.close();
  }

  private static @Nullable BloomBits inherit(BloomStyle.Inherited style, ParquetMemory memory)
      throws IOException {
    BloomRange range = BloomRange.find(style.source(), style.rowGroup(), style.leaf());
    if (range == null) {
      return null;
    }
    BloomBits bloom = allocate(range.bitBytes(), memory);
    try {
      style
          .source()
          .input()
          .readFully(range.offset() + range.headerBytes(), ByteBuffer.wrap(bloom.bits));
      return bloom;
    } catch (IOException | RuntimeException e) {
      bloom.close();
      throw e;
    }
  }

  private static BloomBits allocate(int bytes, ParquetMemory memory) {
    ScratchArrays scratch = memory.openScratch("bloom filter");
    try {
      return new BloomBits(scratch, scratch.bytes(new byte[0], bytes));
    } catch (RuntimeException e) {
      scratch.close();
      throw e;
    }
  }
}
