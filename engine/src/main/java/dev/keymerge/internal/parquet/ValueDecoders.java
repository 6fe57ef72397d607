package dev.keymerge.internal.parquet;

import java.io.IOException;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the decoder of each page of one column chunk and keeps it for the next page of the same
 * encoding.
 *
 * <p>Owns no memory but what it takes from the scratch arrays of its reader. Not thread-safe.
 */
final class ValueDecoders {
  private static final int INT96_BYTES = 12;

  private final PrimitiveType type;
  private final ScratchArrays scratch;
  private final @Nullable ValueDecoder[] decoders = new ValueDecoder[Encoding.values().length];
  private @Nullable PageValues dictionary;

  ValueDecoders(PrimitiveType type, ScratchArrays scratch) {
    this.type = type;
    this.scratch = scratch;
  }

  /** Returns whether the dictionary page of the chunk has been seen. */
  boolean hasDictionary() {
    return dictionary != null;
  }

  /** Decodes the dictionary page, which must stay in {@code data} as long as the chunk is read. */
  void dictionary(byte[] data, int from, int to, int count) {
    PageValues values = new PageValues();
    values.entries = count;
    values.valueCount = count;
    if (count > 0) {
      plain().decode(data, from, to, count, values);
    }
    dictionary = values;
  }

  /** Decodes the values of one data page into {@code into}. */
  void decode(Encoding encoding, byte[] data, int from, int to, PageValues into) {
    int count = into.valueCount;
    if (count == 0) {
      return;
    }
    ValueDecoder decoder = decoders[encoding.ordinal()];
    if (decoder == null) {
      decoder = decoder(encoding);
      decoders[encoding.ordinal()] = decoder;
    }
    decoder.decode(data, from, to, count, into);
  }

  /**
   * Returns a decoder of the {@code count} values that {@code page} has from {@code start} on; the
   * caller closes it.
   */
  SliceDecoder slices(Encoding encoding, ExpandedPage page, long start, int count)
      throws IOException {
    // Refuses encodings that do not fit the column, as for whole pages.
    decoder(encoding);
    switch (encoding) {
      case PLAIN:
        return plainSlices(page.open(start));
      case PLAIN_DICTIONARY, RLE_DICTIONARY:
        return new SliceDecoders.Indices(dictionaryIndices(encoding), page.open(start), scratch);
      case RLE:
        return new SliceDecoders.BooleanRuns(page.open(start), scratch);
      case DELTA_BINARY_PACKED:
        return new SliceDecoders.Differences(
            page.open(start), count, physical() == PrimitiveTypeName.INT64, scratch);
      case DELTA_LENGTH_BYTE_ARRAY:
        return StringSlices.LengthStrings.open(page, start, count, scratch);
      case DELTA_BYTE_ARRAY:
        int width =
            physical() == PrimitiveTypeName.BINARY ? DeltaDecoders.ANY_LENGTH : fixedWidth();
        return StringSlices.PrefixStrings.open(
            page, start, new StringSlices.PrefixStrings.Lengths(count, width), scratch);
      case BYTE_STREAM_SPLIT:
        return SliceDecoders.Split.open(page, start, count, splitKind());
      default:
        throw unfit(encoding);
    }
  }

  private SliceDecoder plainSlices(PageStream stream) {
    return switch (physical()) {
      case BOOLEAN -> new SliceDecoders.Booleans(stream, scratch);
      case BINARY -> new SliceDecoders.Binaries(stream, scratch);
      case INT32, FLOAT -> new SliceDecoders.Fixed(stream, Integer.BYTES, plain());
      case INT64, DOUBLE -> new SliceDecoders.Fixed(stream, Long.BYTES, plain());
      case INT96 -> new SliceDecoders.Fixed(stream, INT96_BYTES, plain());
      case FIXED_LEN_BYTE_ARRAY -> new SliceDecoders.Fixed(stream, fixedWidth(), plain());
    };
  }

  private ValueDecoder decoder(Encoding encoding) {
    return switch (encoding) {
      case PLAIN -> plain();
      case PLAIN_DICTIONARY, RLE_DICTIONARY -> dictionaryIndices(encoding);
      case RLE -> runs(encoding);
      case DELTA_BINARY_PACKED -> differences(encoding);
      case DELTA_LENGTH_BYTE_ARRAY -> {
        if (physical() != PrimitiveTypeName.BINARY) {
          throw unfit(encoding);
        }
        yield new DeltaDecoders.LengthStrings(scratch);
      }
      case DELTA_BYTE_ARRAY -> prefixes(encoding);
      case BYTE_STREAM_SPLIT -> split(encoding);
      default -> throw unfit(encoding);
    };
  }

  private PrimitiveTypeName physical() {
    return type.getPrimitiveTypeName();
  }

  private ValueDecoder plain() {
    return switch (physical()) {
      case BOOLEAN -> new PlainDecoders.Booleans(scratch);
      case INT32, FLOAT -> new PlainDecoders.Ints(scratch);
      case INT64, DOUBLE -> new PlainDecoders.Longs(scratch);
      case BINARY -> new PlainDecoders.Binaries(scratch);
      case FIXED_LEN_BYTE_ARRAY -> new PlainDecoders.Fixed(fixedWidth(), scratch);
      case INT96 -> new PlainDecoders.Fixed(INT96_BYTES, scratch);
    };
  }

  private DictionaryDecoders.Lookup dictionaryIndices(Encoding encoding) {
    PageValues entries = dictionary;
    if (entries == null) {
      throw new MalformedParquetException("a page uses a dictionary, but there is none");
    }
    return switch (physical()) {
      case BOOLEAN -> throw unfit(encoding);
      case INT32, FLOAT -> new DictionaryDecoders.Ints(entries, scratch);
      case INT64, DOUBLE -> new DictionaryDecoders.Longs(entries, scratch);
      case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> new DictionaryDecoders.Strings(entries, scratch);
    };
  }

  private ValueDecoder runs(Encoding encoding) {
    if (physical() != PrimitiveTypeName.BOOLEAN) {
      throw unfit(encoding);
    }
    return new BooleanRuns(scratch);
  }

  private ValueDecoder differences(Encoding encoding) {
    return switch (physical()) {
      case INT32 -> new DeltaDecoders.Ints(scratch);
      case INT64 -> new DeltaDecoders.Longs(scratch);
      default -> throw unfit(encoding);
    };
  }

  private ValueDecoder prefixes(Encoding encoding) {
    return switch (physical()) {
      case BINARY -> new DeltaDecoders.PrefixStrings(scratch, DeltaDecoders.ANY_LENGTH);
      case FIXED_LEN_BYTE_ARRAY -> new DeltaDecoders.PrefixStrings(scratch, fixedWidth());
      default -> throw unfit(encoding);
    };
  }

  private ValueDecoder split(Encoding encoding) {
    return switch (physical()) {
      case INT32, FLOAT -> new SplitDecoders.Ints(scratch);
      case INT64, DOUBLE -> new SplitDecoders.Longs(scratch);
      case FIXED_LEN_BYTE_ARRAY -> new SplitDecoders.Fixed(fixedWidth(), scratch);
      default -> throw unfit(encoding);
    };
  }

  private SliceDecoders.Split.Kind splitKind() {
    int width =
        switch (physical()) {
          case INT32, FLOAT -> Integer.BYTES;
          case INT64, DOUBLE -> Long.BYTES;
          default -> fixedWidth();
        };
    return new SliceDecoders.Split.Kind(width, plain(), scratch);
  }

  private int fixedWidth() {
    int width = type.getTypeLength();
    if (width <= 0) {
      throw new MalformedParquetException("its values are said to be " + width + " bytes long");
    }
    return width;
  }

  private MalformedParquetException unfit(Encoding encoding) {
    return new MalformedParquetException(
        "a page of "
            + physical()
            + " values is encoded as "
            + encoding
            + ", which is not supported");
  }

  /** Decodes booleans that are stored in runs after the length of all runs. */
  private static final class BooleanRuns implements ValueDecoder {
    private final ScratchArrays scratch;

    BooleanRuns(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      int end = PageLevels.endOfRuns(data, from, to);
      into.ints = scratch.ints(into.ints, count);
      RunLengths.unpackRuns(data, from + Integer.BYTES, end, 1, into.ints, count);
    }
  }
}
