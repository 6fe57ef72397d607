package dev.keymerge.fuzz;

import dev.keymerge.fuzz.ThriftTree.Node;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Takes a sound Parquet file apart, lets a script change the parts, and puts it together so that
 * offsets, lengths and checksums fit again, but for those that the script wants wrong.
 *
 * <p>Not thread-safe.
 */
final class ParquetParts {
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  // Fields of the format's structures.
  private static final int ROW_GROUPS = 4;
  private static final int COLUMNS = 1;
  private static final int META_DATA = 3;
  private static final int OFFSET_INDEX = 4;
  private static final int COLUMN_INDEX = 6;
  private static final int CODEC = 4;
  private static final int TOTAL_UNCOMPRESSED = 6;
  private static final int TOTAL_COMPRESSED = 7;
  private static final int DATA_PAGE_OFFSET = 9;
  private static final int DICTIONARY_PAGE_OFFSET = 11;
  private static final int STATISTICS = 12;
  private static final int BLOOM_OFFSET = 14;
  private static final int BLOOM_LENGTH = 15;
  private static final int PAGE_TYPE = 1;
  private static final int PAGE_UNCOMPRESSED = 2;
  private static final int PAGE_COMPRESSED = 3;
  private static final int PAGE_CRC = 4;
  private static final int DICTIONARY_PAGE = 2;

  private final Node footer;
  private final List<Chunk> chunks = new ArrayList<>();

  /** A page: its header and its bytes. */
  private static final class Page {
    Node header;
    byte[] body;

    Page(Node header, byte[] body) {
      this.header = header;
      this.body = body;
    }

    boolean isData() {
      return header.field(PAGE_TYPE).number != DICTIONARY_PAGE;
    }
  }

  /** A column chunk with what belongs to it elsewhere in the file. */
  private static final class Chunk {
    final Node column;
    final List<Page> pages = new ArrayList<>();
    byte[] offsetIndex = new byte[0];
    byte[] columnIndex = new byte[0];
    byte[] bloom = new byte[0];

    Chunk(Node column) {
      this.column = column;
    }

    Node meta() {
      return column.field(META_DATA);
    }
  }

  private ParquetParts(byte[] file) {
    int length =
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - Long.BYTES);
    footer = ThriftTree.parse(file, file.length - Long.BYTES - length).root();
    for (Node group : footer.field(ROW_GROUPS).children) {
      for (Node column : group.field(COLUMNS).children) {
        chunks.add(chunk(file, column));
      }
    }
  }

  private static Chunk chunk(byte[] file, Node column) {
    Chunk chunk = new Chunk(column);
    Node meta = chunk.meta();
    Node dictionary = meta.find(DICTIONARY_PAGE_OFFSET);
    long start =
        dictionary == null || dictionary.number <= 0
            ? meta.field(DATA_PAGE_OFFSET).number
            : dictionary.number;
    int position = (int) start;
    int end = (int) (start + meta.field(TOTAL_COMPRESSED).number);
    while (position < end) {
      ThriftTree.Parsed header = ThriftTree.parse(file, position);
      int length = (int) header.root().field(PAGE_COMPRESSED).number;
      position = header.end() + length;
      chunk.pages.add(new Page(header.root(), Arrays.copyOfRange(file, header.end(), position)));
    }
    chunk.offsetIndex = part(file, column, OFFSET_INDEX);
    chunk.columnIndex = part(file, column, COLUMN_INDEX);
    Node bloom = meta.find(BLOOM_OFFSET);
    Node bloomLength = meta.find(BLOOM_LENGTH);
    if (bloom != null && bloomLength != null) {
      int from = (int) bloom.number;
      chunk.bloom = Arrays.copyOfRange(file, from, from + (int) bloomLength.number);
    }
    return chunk;
  }

  private static byte[] part(byte[] file, Node column, int offsetField) {
    Node offset = column.find(offsetField);
    Node length = column.find(offsetField + 1);
    if (offset == null || length == null) {
      return new byte[0];
    }
    return Arrays.copyOfRange(file, (int) offset.number, (int) (offset.number + length.number));
  }

  /** Returns {@code file} with the changes that the script wants. */
  static byte[] mutate(byte[] file, Script script) {
    ParquetParts parts = new ParquetParts(file);
    int pageEdits = script.next() % 4;
    int footerEdits = script.next() % 4;
    int indexEdits = script.next() % 3;
    int fileEdits = script.next() % 8 == 7 ? 1 : 0;
    for (int i = 0; i < pageEdits; i++) {
      parts.editPages(script);
    }
    for (int i = 0; i < indexEdits; i++) {
      parts.editIndexes(script);
    }
    byte[] mutated = parts.assemble(script, footerEdits);
    for (int i = 0; i < fileEdits; i++) {
      mutated = script.edit(mutated);
    }
    return mutated;
  }

  private void editPages(Script script) {
    Chunk chunk = chunks.get(script.below(chunks.size()));
    int index = script.below(chunk.pages.size());
    if (chunk.pages.isEmpty()) {
      return;
    }
    Page page = chunk.pages.get(index);
    switch (script.next() % 8) {
      case 0, 1 -> ThriftTree.mutate(page.header, script);
      case 2 -> chunk.pages.remove(index);
      case 3 -> chunk.pages.add(index, new Page(page.header.copy(), page.body));
      case 4 -> chunk.pages.add(chunk.pages.remove(index));
      case 5 -> {
        page.body = script.edit(page.body);
        // The checksum is left as it was.
        resize(chunk, page);
      }
      default -> {
        page.body = script.edit(page.body);
        resize(chunk, page);
        CRC32 crc = new CRC32();
        crc.update(page.body);
        page.header.set(PAGE_CRC, (int) crc.getValue());
      }
    }
  }

  private static void resize(Chunk chunk, Page page) {
    page.header.set(PAGE_COMPRESSED, page.body.length);
    if (chunk.meta().field(CODEC).number == 0) {
      page.header.set(PAGE_UNCOMPRESSED, page.body.length);
    }
  }

  private void editIndexes(Script script) {
    Chunk chunk = chunks.get(script.below(chunks.size()));
    switch (script.next() % 4) {
      case 0 -> chunk.offsetIndex = edited(chunk.offsetIndex, script);
      case 1 -> chunk.columnIndex = edited(chunk.columnIndex, script);
      case 2 -> chunk.bloom = edited(chunk.bloom, script);
      default -> lie(chunk.meta(), script);
    }
  }

  private static byte[] edited(byte[] structure, Script script) {
    if (structure.length == 0 || script.next() % 3 == 0) {
      return script.edit(structure);
    }
    ThriftTree.Parsed parsed;
    try {
      parsed = ThriftTree.parse(structure, 0);
    } catch (RuntimeException damagedBefore) {
      return script.edit(structure);
    }
    byte[] behind = Arrays.copyOfRange(structure, parsed.end(), structure.length);
    ThriftTree.mutate(parsed.root(), script);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ThriftTree.write(parsed.root()));
    out.writeBytes(behind);
    return out.toByteArray();
  }

  /** Lets statistics say something else than the data: bounds, or the count of nulls. */
  private static void lie(Node meta, Script script) {
    Node statistics = meta.find(STATISTICS);
    if (statistics == null) {
      return;
    }
    int field = 1 + script.next() % 6;
    Node known = statistics.find(field);
    if (field == 3 || field == 4) {
      if (known != null) {
        known.number = script.number(known.number);
      }
    } else {
      statistics.put(field, script.bytes(40));
    }
  }

  private byte[] assemble(Script script, int footerEdits) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(MAGIC);
    for (Chunk chunk : chunks) {
      writePages(chunk, out);
    }
    for (Chunk chunk : chunks) {
      place(chunk.column, OFFSET_INDEX, chunk.offsetIndex, out);
      place(chunk.column, COLUMN_INDEX, chunk.columnIndex, out);
      if (chunk.bloom.length > 0) {
        chunk.meta().set(BLOOM_OFFSET, out.size());
        chunk.meta().set(BLOOM_LENGTH, chunk.bloom.length);
        out.writeBytes(chunk.bloom);
      }
    }
    for (int i = 0; i < footerEdits; i++) {
      ThriftTree.mutate(footer, script);
    }
    byte[] bytes = ThriftTree.write(footer);
    out.writeBytes(bytes);
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(bytes.length)
            .array());
    out.writeBytes(MAGIC);
    return out.toByteArray();
  }

  private static void writePages(Chunk chunk, ByteArrayOutputStream out) {
    Node meta = chunk.meta();
    int start = out.size();
    int headers = 0;
    boolean dataSeen = false;
    for (Page page : chunk.pages) {
      Node type = page.header.find(PAGE_TYPE);
      if (type != null && page.isData() && !dataSeen) {
        dataSeen = true;
        meta.set(DATA_PAGE_OFFSET, out.size());
      } else if (type != null && !page.isData()) {
        meta.set(DICTIONARY_PAGE_OFFSET, out.size());
      }
      byte[] header = ThriftTree.write(page.header);
      headers += header.length;
      out.writeBytes(header);
      out.writeBytes(page.body);
    }
    meta.set(TOTAL_COMPRESSED, out.size() - start);
    if (meta.field(CODEC).number == 0) {
      meta.set(TOTAL_UNCOMPRESSED, headers + out.size() - start);
    }
  }

  private static void place(
      Node column, int offsetField, byte[] content, ByteArrayOutputStream out) {
    if (content.length > 0) {
      column.set(offsetField, out.size());
      column.set(offsetField + 1, content.length);
      out.writeBytes(content);
    }
  }
}
