package dev.keymerge.internal.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.keymerge.MergeException;
import dev.keymerge.Source;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceMemoryTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("text", LogicalType.STRING));

  @TempDir private Path directory;

  /** Makes rows whose texts repeat, so that a file of a few bytes becomes large vectors. */
  private static List<Object[]> rows(int count, int textLength) {
    List<Object[]> rows = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      rows.add(new Object[] {(long) row, (row % 3) + "x".repeat(textLength)});
    }
    return rows;
  }

  private static List<List<Object>> lists(List<Object[]> rows) {
    return rows.stream().map(Arrays::asList).toList();
  }

  @Test
  void scansLargeValuesInSmallBatches() throws IOException {
    List<Object[]> rows = rows(600, 100_000);
    Path file = directory.resolve("a.parquet");
    ParquetTableWriter.write(file, SCHEMA, rows, ParquetLayout.standard());
    try (ScanHarness harness = new ScanHarness(directory.resolve("staging"), 8 << 20, 1 << 20);
        SourceTable table = harness.openAsItIs(Source.parquet(file))) {
      assertThat(harness.scan(table, SCHEMA)).isEqualTo(lists(rows));
      assertThat(harness.budget.peakBytes()).isLessThanOrEqualTo(8 << 20);
    }
  }

  @Test
  void stagesLargeValuesInSmallRowGroups() throws IOException {
    List<Object[]> rows = rows(300, 50_000);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ArrowLayout layout = ArrowLayout.stream().withDictionaries("text").withBatchRows(1000);
    ArrowTableWriter.write(bytes, SCHEMA, rows, layout);
    Source source = Source.arrowStream(new ByteArrayInputStream(bytes.toByteArray()));
    try (ScanHarness harness = new ScanHarness(directory.resolve("staging"), 8 << 20, 500_000);
        SourceTable table = harness.openAsItIs(source)) {
      assertThat(harness.scan(table, SCHEMA)).isEqualTo(lists(rows));
    }
  }

  @Test
  void fetchesOnAfterMemoryWasRefused() throws IOException {
    List<Object[]> rows = rows(2000, 1000);
    Path file = directory.resolve("a.parquet");
    ParquetLayout layout = ParquetLayout.builder().rowGroupRows(300).build();
    ParquetTableWriter.write(file, SCHEMA, rows, layout);
    long[] ordinals = LongStream.range(0, 2000).toArray();
    try (ScanHarness harness = new ScanHarness(directory.resolve("staging"), 16 << 20, 1 << 20);
        SourceTable table = harness.openAsItIs(Source.parquet(file));
        SourceTable.SourceLookup lookup = table.lookup("text", harness.allocator);
        FieldVector target = table.schema().findField("text").createVector(harness.allocator)) {
      lookup.fetch(ordinals, 0, 2, target);
      try (MemoryReservation greedy = harness.budget.open("greedy neighbour")) {
        greedy.grow(harness.budget.freeBytes() - 700_000);
        assertThatThrownBy(() -> lookup.fetch(ordinals, 0, 2000, target))
            .isInstanceOf(MergeException.LimitExceeded.class);
        target.clear();
        lookup.fetch(ordinals, 0, 50, target);
        assertThat(target.getObject(49)).hasToString((String) rows.get(49)[1]);
      }
      lookup.fetch(ordinals, 0, 2000, target);
      assertThat(target.getObject(1999)).hasToString((String) rows.get(1999)[1]);
    }
  }

  @Test
  void servesManyThreadsAtOnce() throws Exception {
    List<Object[]> rows = rows(5000, 20);
    for (int file = 0; file < 10; file++) {
      ParquetTableWriter.write(
          directory.resolve("data/" + file + ".parquet"),
          SCHEMA,
          rows.subList(file * 500, file * 500 + 500),
          ParquetLayout.builder().rowGroupRows(90).build());
    }
    ExecutorService workers = Executors.newFixedThreadPool(8);
    try (ScanHarness harness = new ScanHarness(directory.resolve("staging"), 64 << 20, 1 << 20);
        SourceTable table = harness.openAsItIs(Source.parquet(directory.resolve("data")))) {
      List<Future<List<List<Object>>>> results = new ArrayList<>();
      for (int worker = 0; worker < 16; worker++) {
        int step = worker + 1;
        long[] ordinals = LongStream.range(0, 5000 / step).map(i -> i * step).toArray();
        results.add(workers.submit(() -> harness.fetch(table, SCHEMA, ordinals)));
      }
      for (int worker = 0; worker < 16; worker++) {
        int step = worker + 1;
        List<List<Object>> fetched = results.get(worker).get();
        assertThat(fetched).hasSize(5000 / step);
        for (int i = 0; i < fetched.size(); i++) {
          assertThat(fetched.get(i)).isEqualTo(Arrays.asList(rows.get(i * step)));
        }
      }
    } finally {
      workers.shutdownNow();
    }
  }

  @Test
  void expandsBodiesCompressedWithZstandard() throws IOException {
    byte[] stream = compressed(new Compressing());
    Source source = Source.arrowStream(new ByteArrayInputStream(stream));
    TableSchema schema = TableSchema.of(Column.nullable("text", LogicalType.STRING));
    try (ScanHarness harness = new ScanHarness(directory.resolve("staging"), 8 << 20, 1 << 20);
        SourceTable table = harness.openAsItIs(source)) {
      List<List<Object>> rows = harness.scan(table, schema);
      assertThat(rows).hasSize(1000);
      assertThat(rows.get(999)).isEqualTo(List.of("text 999"));
    }
  }

  /** Writes a stream of one column of texts, with bodies made by {@code factory}. */
  private static byte[] compressed(CompressionCodec.Factory factory) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (BufferAllocator allocator = new RootAllocator();
        VarCharVector texts = new VarCharVector("text", allocator);
        VectorSchemaRoot root = VectorSchemaRoot.of(texts);
        ArrowStreamWriter writer =
            new ArrowStreamWriter(
                root,
                null,
                java.nio.channels.Channels.newChannel(bytes),
                IpcOption.DEFAULT,
                factory,
                CodecType.ZSTD)) {
      for (int i = 0; i < 1000; i++) {
        texts.setSafe(i, ("text " + i).getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
      root.setRowCount(1000);
      writer.writeBatch();
      writer.end();
    }
    // What is written must be compressed: a reader without a codec refuses it.
    try (BufferAllocator allocator = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(bytes.toByteArray()), allocator)) {
      assertThatThrownBy(reader::loadNextBatch).isInstanceOf(IllegalArgumentException.class);
    }
    return bytes.toByteArray();
  }

  private static final class Compressing implements CompressionCodec.Factory {
    @Override
    public CompressionCodec createCodec(CodecType type) {
      return new AbstractCompressionCodec() {
        @Override
        protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf plain) {
          byte[] content = new byte[(int) plain.writerIndex()];
          plain.getBytes(0, content);
          byte[] frame = Zstd.compress(content);
          long prefix = CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH;
          ArrowBuf result = allocator.buffer(prefix + frame.length);
          result.setBytes(prefix, frame);
          result.writerIndex(prefix + frame.length);
          return result;
        }

        @Override
        protected ArrowBuf doDecompress(BufferAllocator allocator, ArrowBuf compressed) {
          throw new UnsupportedOperationException();
        }

        @Override
        public CodecType getCodecType() {
          return CodecType.ZSTD;
        }
      };
    }

    @Override
    public CompressionCodec createCodec(CodecType type, int level) {
      return createCodec(type);
    }
  }
}
