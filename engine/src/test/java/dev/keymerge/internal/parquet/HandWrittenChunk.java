package dev.keymerge.internal.parquet;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.IndexPageHeader;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Type;
import org.apache.parquet.format.Util;

/**
 * Makes a file of one INT32 column in one row group, page by page, in ways that no library of today
 * writes.
 */
final class HandWrittenChunk {
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private final FieldRepetitionType repetition;
  private final CompressionCodec codec;
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private final List<PageLocation> locations = new ArrayList<>();
  private long dictionaryOffset = -1;
  private long firstDataOffset = -1;
  private long valueCount;

  HandWrittenChunk(FieldRepetitionType repetition, CompressionCodec codec) {
    this.repetition = repetition;
    this.codec = codec;
    file.writeBytes(MAGIC);
  }

  /** Returns integers as they stand in a page. */
  static byte[] plain(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  /** Returns the parts one after the other. */
  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  /** Returns levels of one bit in bit-packed runs, with their length in front. */
  static byte[] levels(int... levels) {
    byte[] runs = runs(levels);
    return join(plain(runs.length), runs);
  }

  /** Returns levels of one bit in a bit-packed run. */
  static byte[] runs(int... levels) {
    int groups = (levels.length + 7) / 8;
    byte[] bytes = new byte[1 + groups];
    bytes[0] = (byte) (groups << 1 | 1);
    for (int index = 0; index < levels.length; index++) {
      bytes[1 + index / 8] |= (byte) (levels[index] << (index % 8));
    }
    return bytes;
  }

  HandWrittenChunk dictionaryPage(Encoding encoding, int... values) {
    dictionaryOffset = file.size();
    byte[] content = plain(values);
    PageHeader header = header(PageType.DICTIONARY_PAGE, content.length, content.length);
    header.setDictionary_page_header(new DictionaryPageHeader(values.length, encoding));
    return page(header, content);
  }

  HandWrittenChunk indexPage() {
    PageHeader header = header(PageType.INDEX_PAGE, 3, 3);
    header.setIndex_page_header(new IndexPageHeader());
    return page(header, new byte[] {1, 2, 3});
  }

  HandWrittenChunk dataPage(Encoding encoding, int entries, int rowsBefore, byte[] content) {
    startData(rowsBefore);
    valueCount += entries;
    PageHeader header = header(PageType.DATA_PAGE, content.length, content.length);
    header.setData_page_header(new DataPageHeader(entries, encoding, Encoding.RLE, Encoding.RLE));
    return page(header, content);
  }

  /** Adds a page of the second version whose values are not compressed, whatever the codec. */
  HandWrittenChunk plainPageOfSecondVersion(
      int entries, int rows, int rowsBefore, byte[] definitions, byte[] values) {
    startData(rowsBefore);
    valueCount += entries;
    byte[] content = join(definitions, values);
    PageHeader header = header(PageType.DATA_PAGE_V2, content.length, content.length);
    DataPageHeaderV2 data =
        new DataPageHeaderV2(entries, 0, rows, Encoding.PLAIN, definitions.length, 0);
    data.setIs_compressed(false);
    header.setData_page_header_v2(data);
    return page(header, content);
  }

  private void startData(int rowsBefore) {
    if (firstDataOffset < 0) {
      firstDataOffset = file.size();
    }
    locations.add(new PageLocation(file.size(), 0, rowsBefore));
  }

  private static PageHeader header(PageType type, int uncompressed, int compressed) {
    return new PageHeader(type, uncompressed, compressed);
  }

  private HandWrittenChunk page(PageHeader header, byte[] content) {
    try {
      Util.writePageHeader(header, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file.writeBytes(content);
    if (!locations.isEmpty()) {
      PageLocation last = locations.get(locations.size() - 1);
      if (last.getCompressed_page_size() == 0) {
        last.setCompressed_page_size((int) (file.size() - last.getOffset()));
      }
    }
    return this;
  }

  /** Says how the metadata speak of the dictionary page. */
  enum DictionaryOffset {
    /** Its offset stands where it belongs. */
    TOLD,
    /** There is none; the offset of the data pages points at it. */
    ABSENT,
    /** It is 0; the offset of the data pages points at it. */
    ZERO,
    /** It stands behind the data pages, whose offset points at the dictionary. */
    WRONG
  }

  /** Says whether the file has an offset index. */
  enum Index {
    PRESENT,
    ABSENT
  }

  /** Ends the file and opens it. */
  ParquetFile open(long rows, DictionaryOffset offset, Index index, MemoryBudget budget) {
    try {
      return ParquetFile.open(
          new Bytes(bytes(rows, offset, index)), new ParquetMemory(budget, "test"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] bytes(long rows, DictionaryOffset offset, Index index) throws IOException {
    long end = file.size();
    ColumnMetaData meta =
        new ColumnMetaData(
            Type.INT32,
            List.of(Encoding.PLAIN),
            List.of("column"),
            codec,
            valueCount,
            end - MAGIC.length,
            end - MAGIC.length,
            offset == DictionaryOffset.TOLD ? firstDataOffset : MAGIC.length);
    if (offset == DictionaryOffset.TOLD && dictionaryOffset >= 0) {
      meta.setDictionary_page_offset(dictionaryOffset);
    } else if (offset == DictionaryOffset.ZERO) {
      meta.setDictionary_page_offset(0);
    } else if (offset == DictionaryOffset.WRONG) {
      meta.setDictionary_page_offset(end);
    }
    ColumnChunk chunk = new ColumnChunk(MAGIC.length);
    chunk.setMeta_data(meta);
    if (index == Index.PRESENT) {
      chunk.setOffset_index_offset(end);
      Util.writeOffsetIndex(new OffsetIndex(locations), file);
      chunk.setOffset_index_length((int) (file.size() - end));
    }
    RowGroup group = new RowGroup(List.of(chunk), end, rows);
    SchemaElement root = new SchemaElement("root");
    root.setNum_children(1);
    SchemaElement column = new SchemaElement("column");
    column.setType(Type.INT32);
    column.setRepetition_type(repetition);
    int footer = file.size();
    Util.writeFileMetaData(new FileMetaData(1, List.of(root, column), rows, List.of(group)), file);
    file.writeBytes(plain(file.size() - footer));
    file.writeBytes(MAGIC);
    return file.toByteArray();
  }

  /** Shows bytes as a file. */
  record Bytes(byte[] content) implements StorageInput {
    @Override
    public StoragePath path() {
      return new StoragePath("/hand/written.parquet");
    }

    @Override
    public long size() {
      return content.length;
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      if (position < 0 || target.remaining() > content.length - position) {
        throw new EOFException("the file ends at " + content.length);
      }
      target.put(content, (int) position, target.remaining());
    }

    @Override
    public void close() {}
  }
}
