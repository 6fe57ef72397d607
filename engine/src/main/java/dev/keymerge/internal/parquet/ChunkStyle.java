package dev.keymerge.internal.parquet;

import dev.keymerge.Compression;
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
 * @param level how hard the codec tries; ignored by codecs that have no levels
 * @param encoding how values are encoded
 * @param pages which layout data pages have
 * @param indexing what the chunk tells about its values
 * @param bloom which bloom filter the chunk gets
 */
public record ChunkStyle(
    CompressionCodec codec,
    int level,
    ValueEncoding encoding,
    PageVersion pages,
    ChunkIndexing indexing,
    BloomStyle bloom) {
  /** How chunks of new files are written unless told otherwise. */
  public static final ChunkStyle FOR_NEW =
      new ChunkStyle(
          CompressionCodec.ZSTD,
          usualLevel(CompressionCodec.ZSTD),
          ValueEncoding.DICTIONARY,
          PageVersion.V1,
          ChunkIndexing.FULL,
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
    CompressionCodec codec = writableCodec(old.getCodec());
    return new ChunkStyle(
        codec,
        usualLevel(codec),
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
    return new ChunkStyle(codec, level, encoding, pages, indexing, other);
  }

  /** Returns this style with other compression, by a codec that Keymerge writes. */
  public ChunkStyle withCompression(Compression other) {
    CompressionCodec wanted =
        switch (other.codec()) {
          case UNCOMPRESSED -> CompressionCodec.UNCOMPRESSED;
          case SNAPPY -> CompressionCodec.SNAPPY;
          case GZIP -> CompressionCodec.GZIP;
          case ZSTD -> CompressionCodec.ZSTD;
          case LZ4_RAW -> CompressionCodec.LZ4_RAW;
        };
    int wantedLevel = wanted == CompressionCodec.ZSTD ? other.level() : usualLevel(wanted);
    return new ChunkStyle(wanted, wantedLevel, encoding, pages, indexing, bloom);
  }

  /** Returns this style with another encoding of values. */
  public ChunkStyle withEncoding(ValueEncoding other) {
    return new ChunkStyle(codec, level, other, pages, indexing, bloom);
  }

  /** Returns the level that suits merging: speed before size. */
  private static int usualLevel(CompressionCodec codec) {
    return switch (codec) {
      case ZSTD -> 1;
      case GZIP -> 6;
      default -> 0;
    };
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
