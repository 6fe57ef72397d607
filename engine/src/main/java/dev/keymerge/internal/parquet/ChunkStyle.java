package dev.keymerge.internal.parquet;

import java.util.List;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.PageType;

/**
 * Says how a column chunk is encoded, compressed and indexed. Immutable.
 *
 * @param codec how pages are compressed
 * @param encoding how values are encoded
 * @param pages which layout data pages have
 * @param indexing what the chunk tells about its values
 * @param bloom which bloom filter the chunk gets
 */
public record ChunkStyle(
    CompressionCodec codec,
    ValueEncoding encoding,
    PageVersion pages,
    ChunkIndexing indexing,
    BloomStyle bloom) {
  /** How chunks of new files are written unless told otherwise. */
  public static final ChunkStyle FOR_NEW =
      new ChunkStyle(
          CompressionCodec.ZSTD,
          ValueEncoding.DICTIONARY,
          PageVersion.V1,
          ChunkIndexing.FULL,
          new BloomStyle.None());

  /** How files are written that only Keymerge reads, once and soon. */
  public static final ChunkStyle FOR_STAGING =
      new ChunkStyle(
          CompressionCodec.UNCOMPRESSED,
          ValueEncoding.PLAIN,
          PageVersion.V1,
          ChunkIndexing.NONE,
          new BloomStyle.None());

  /**
   * Returns the style in which an old chunk was written, as far as its metadata tell, but for its
   * bloom filter.
   *
   * <p>A codec that nobody should write any more is replaced: the old framing of LZ4 by the new
   * one, others by Zstandard. A dictionary is tried again only if it served most pages of the old
   * chunk, since building one in vain is the costliest way to write.
   */
  public static ChunkStyle like(ParquetFooter footer, int rowGroup, int leaf) {
    ColumnMetaData old = footer.chunk(rowGroup, leaf).getMeta_data();
    return new ChunkStyle(
        writableCodec(old.getCodec()),
        valueEncoding(old),
        pageVersion(old),
        ChunkIndexing.FULL,
        new BloomStyle.None());
  }

  /** Returns the style of an old chunk with its bloom filter, for a chunk that replaces it. */
  public static ChunkStyle like(ParquetFile source, int rowGroup, int leaf) {
    return like(source.footer(), rowGroup, leaf)
        .withBloom(new BloomStyle.Inherited(source, rowGroup, leaf));
  }

  /** Returns this style with another bloom filter. */
  public ChunkStyle withBloom(BloomStyle other) {
    return new ChunkStyle(codec, encoding, pages, indexing, other);
  }

  /** Returns this style with another codec, which must be one that Keymerge writes. */
  public ChunkStyle withCodec(CompressionCodec other) {
    return new ChunkStyle(other, encoding, pages, indexing, bloom);
  }

  /** Returns this style with another encoding of values. */
  public ChunkStyle withEncoding(ValueEncoding other) {
    return new ChunkStyle(codec, other, pages, indexing, bloom);
  }

  private static CompressionCodec writableCodec(CompressionCodec old) {
    if (PageCodecs.writable(old)) {
      return old;
    }
    return old == CompressionCodec.LZ4 ? CompressionCodec.LZ4_RAW : CompressionCodec.ZSTD;
  }

  private static ValueEncoding valueEncoding(ColumnMetaData old) {
    List<Encoding> encodings = old.getEncodings();
    boolean dictionary =
        encodings.contains(Encoding.PLAIN_DICTIONARY)
            || encodings.contains(Encoding.RLE_DICTIONARY);
    if (dictionary && dictionaryServed(old)) {
      return ValueEncoding.DICTIONARY;
    }
    return encodings.contains(Encoding.BYTE_STREAM_SPLIT)
        ? ValueEncoding.BYTE_STREAM_SPLIT
        : ValueEncoding.PLAIN;
  }

  private static boolean dictionaryServed(ColumnMetaData old) {
    if (!old.isSetEncoding_stats()) {
      return true;
    }
    long served = 0;
    long others = 0;
    for (PageEncodingStats pages : old.getEncoding_stats()) {
      if (pages.getPage_type() == PageType.DICTIONARY_PAGE) {
        continue;
      }
      Encoding encoding = pages.getEncoding();
      if (encoding == Encoding.PLAIN_DICTIONARY || encoding == Encoding.RLE_DICTIONARY) {
        served += pages.getCount();
      } else {
        others += pages.getCount();
      }
    }
    return served >= others;
  }

  private static PageVersion pageVersion(ColumnMetaData old) {
    if (!old.isSetEncoding_stats()) {
      return PageVersion.V1;
    }
    for (PageEncodingStats pages : old.getEncoding_stats()) {
      if (pages.getPage_type() == PageType.DATA_PAGE_V2) {
        return PageVersion.V2;
      }
    }
    return PageVersion.V1;
  }
}
