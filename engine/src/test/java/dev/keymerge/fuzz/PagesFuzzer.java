package dev.keymerge.fuzz;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ColumnPageReader;
import dev.keymerge.internal.parquet.FileColumn;
import dev.keymerge.internal.parquet.FlatColumnReader;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.MemoryStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Type;
import org.apache.parquet.format.Util;

/**
 * Decodes pages of one column that say about themselves what the script wants, and hold any bytes:
 * sizes and sums fit, so that every byte reaches a decoder.
 */
public final class PagesFuzzer {
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
  private static final int MOST_ROWS_READ = 10_000;

  private final Script script;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final SchemaElement element = new SchemaElement("column");
  private final CompressionCodec codec;
  private final FieldRepetitionType repetition;
  private long values;
  private long rows;

  private PagesFuzzer(Script script) {
    this.script = script;
    this.codec = pick(CompressionCodec.values());
    this.repetition = pick(FieldRepetitionType.values());
    element.setType(pick(Type.values()));
    element.setType_length(script.next());
    element.setRepetition_type(repetition);
    int converted = script.next();
    if (converted % 3 == 0) {
      ConvertedType[] types = ConvertedType.values();
      element.setConverted_type(types[converted % types.length]);
      element.setPrecision(script.next());
      element.setScale(script.next());
    }
  }

  /** Tries one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    long allocated = Allocation.ofThisThread();
    MemoryStorage storage = new MemoryStorage(10_000, 1);
    StoragePath path = new StoragePath("/pages.parquet");
    try {
      storage.put(path.text(), new PagesFuzzer(new Script(input)).file());
      MemoryBudget budget = new MemoryBudget(Arena.BUDGET_BYTES);
      read(storage, path, budget);
      Arena.require(budget.usedBytes() == 0, budget.usedBytes() + " bytes are still held");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Allocation.checkThisThread(allocated);
  }

  private byte[] file() throws IOException {
    out.writeBytes(MAGIC);
    int pages = 1 + script.next() % 4;
    for (int page = 0; page < pages; page++) {
      page();
    }
    int end = out.size();
    ColumnMetaData meta =
        new ColumnMetaData(
            element.getType(),
            List.of(Encoding.PLAIN),
            List.of("column"),
            codec,
            values,
            end,
            (long) end - MAGIC.length,
            MAGIC.length);
    ColumnChunk chunk = new ColumnChunk(MAGIC.length);
    chunk.setMeta_data(meta);
    SchemaElement root = new SchemaElement("root");
    root.setNum_children(1);
    Util.writeFileMetaData(
        new FileMetaData(
            1, List.of(root, element), rows, List.of(new RowGroup(List.of(chunk), end, rows))),
        out);
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(out.size() - end)
            .array());
    out.writeBytes(MAGIC);
    return out.toByteArray();
  }

  private void page() throws IOException {
    int kind = script.next() % 4;
    int entries = kind == 3 ? (int) Math.abs(script.number(8) % (1 << 24)) : script.next();
    Encoding encoding = pick(Encoding.values());
    int expanded = script.next();
    byte[] body = script.bytes(400);
    int length = codec == CompressionCodec.UNCOMPRESSED ? body.length : expanded * 4;
    PageHeader header = new PageHeader(PageType.DATA_PAGE, length, body.length);
    if (kind == 0) {
      header.setType(PageType.DICTIONARY_PAGE);
      header.setDictionary_page_header(new DictionaryPageHeader(entries, Encoding.PLAIN));
    } else if (kind == 1) {
      header.setType(PageType.DATA_PAGE_V2);
      int repetitions = Math.min(script.next() % 8, Math.min(length, body.length));
      int definitions = Math.min(script.next() % 16, Math.min(length, body.length) - repetitions);
      int rowsOfPage = repetition == FieldRepetitionType.REPEATED ? script.next() : entries;
      DataPageHeaderV2 data =
          new DataPageHeaderV2(entries, 0, rowsOfPage, encoding, definitions, repetitions);
      data.setIs_compressed(script.next() % 2 == 0);
      header.setData_page_header_v2(data);
      count(entries, rowsOfPage);
    } else {
      Encoding levels = script.next() % 8 == 7 ? Encoding.BIT_PACKED : Encoding.RLE;
      header.setData_page_header(new DataPageHeader(entries, encoding, levels, levels));
      count(entries, repetition == FieldRepetitionType.REPEATED ? script.next() : entries);
    }
    Util.writePageHeader(header, out);
    out.writeBytes(body);
  }

  private void count(int entries, int rowsOfPage) {
    values += entries;
    rows += Math.min(entries, rowsOfPage);
  }

  private <T> T pick(T[] choices) {
    return choices[script.next() % choices.length];
  }

  private static void read(MemoryStorage storage, StoragePath path, MemoryBudget budget)
      throws IOException {
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        ParquetFile file = ParquetFile.open(storage.open(path), memory)) {
      for (Reading reading : List.<Reading>of(PagesFuzzer::all, PagesFuzzer::someRows)) {
        attempt(() -> reading.read(file));
      }
      attempt(() -> vectors(file, budget));
    } catch (MergeException refusal) {
      Arena.check(refusal);
    }
  }

  /** Reads a file in one way. */
  private interface Reading {
    void read(ParquetFile file);
  }

  private static void attempt(Runnable reading) {
    try {
      reading.run();
    } catch (MergeException refusal) {
      Arena.check(refusal);
    }
  }

  private static void all(ParquetFile file) {
    try (ColumnPageReader pages = file.pages(0, 0)) {
      while (pages.next()) {
        Arena.require(pages.values().entries > 0, "an empty page");
      }
    }
  }

  private static void someRows(ParquetFile file) {
    try (ColumnPageReader pages = file.pages(0, 0)) {
      for (long row = 1; row < Math.min(MOST_ROWS_READ, pages.rows()); row += 13) {
        if (pages.skipTo(row)) {
          pages.next();
        }
      }
    }
  }

  private static void vectors(ParquetFile file, MemoryBudget budget) {
    FileColumn column = file.footer().columns().get(0);
    Field field = column.arrow();
    if (field == null || file.footer().leaves().get(0).getMaxRepetitionLevel() > 0) {
      return;
    }
    try (BudgetedAllocator allocator = BudgetedAllocator.open(budget, "vectors");
        FlatColumnReader reader = file.column(0, 0, field, allocator);
        FieldVector vector = reader.newVector()) {
      int count = (int) Math.min(MOST_ROWS_READ, reader.rows());
      reader.read(count / 2, vector);
      List<Integer> wanted = new ArrayList<>();
      for (int row = count / 2; row < count; row += 3) {
        wanted.add(row);
      }
      int[] positions = wanted.stream().mapToInt(Integer::intValue).toArray();
      reader.readSelected(positions, 0, positions.length, vector);
    }
  }
}
