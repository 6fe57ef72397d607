package dev.keymerge.fuzz;

import com.github.luben.zstd.Zstd;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetLayout.DecimalForm;
import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.parquet.ParquetLayout.TimestampForm;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import io.airlift.compress.lz4.Lz4Compressor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jspecify.annotations.Nullable;

/**
 * Makes the small sound files that scripts change: the same ones in every run.
 *
 * <p>All have the columns {@code id} and {@code name}, by which they can be merged. Made once, when
 * first asked for; nobody may change the arrays.
 */
final class SoundFiles {
  private static final int ROWS = 30;

  /** The column that every file has and that is never null. */
  static final Column ID = Column.required("id", LogicalType.INT64);

  /** The text column that every file has. */
  static final Column NAME = Column.nullable("name", LogicalType.STRING);

  /** What targets and most sources hold. */
  static final TableSchema SCHEMA =
      TableSchema.of(
          ID,
          NAME,
          Column.nullable("flag", LogicalType.BOOLEAN),
          Column.nullable("amount", LogicalType.decimal(9, 2)),
          Column.nullable("wide", LogicalType.decimal(20, 4)),
          Column.nullable("ratio", LogicalType.DOUBLE),
          Column.nullable("small", LogicalType.INT16),
          Column.nullable("at", LogicalType.timestamp(TickUnit.MICROS)),
          Column.nullable("hash", LogicalType.fixedBinary(16)));

  private static final TableSchema NARROW = TableSchema.of(ID, NAME);

  private SoundFiles() {}

  /** Parquet files in all layouts that matter to a reader. */
  static final List<byte[]> PARQUET = parquetFiles();

  /** A Parquet file half of whose keys are those of the others; of columns that all can take. */
  static final byte[] CHANGES =
      parquet(NARROW, 15, ParquetLayout.builder().codec(CompressionCodecName.SNAPPY).build());

  /** Arrow streams and files, plain, with dictionaries, views and compressed bodies. */
  static final List<byte[]> ARROW = arrowFiles();

  private static List<byte[]> parquetFiles() {
    ParquetLayout.Builder first = small(CompressionCodecName.UNCOMPRESSED, PageVersion.V1);
    ParquetLayout.Builder second = small(CompressionCodecName.UNCOMPRESSED, PageVersion.V2);
    List<byte[]> files = new ArrayList<>();
    files.add(parquet(SCHEMA, 0, first.bloomFilters("id", "name").metadata("a", "b").build()));
    files.add(parquet(SCHEMA, 0, second.withoutDictionary().build()));
    files.add(
        parquet(
            SCHEMA,
            0,
            small(CompressionCodecName.UNCOMPRESSED, PageVersion.V1)
                .withoutDictionary()
                .withoutPageIndex()
                .byteStreamSplit("ratio", "id")
                .build()));
    files.add(
        parquet(
            SCHEMA,
            0,
            small(CompressionCodecName.UNCOMPRESSED, PageVersion.V1)
                .decimalForm(DecimalForm.BINARY)
                .timestampForm(TimestampForm.INT96)
                .withoutStatistics()
                .build()));
    for (CompressionCodecName codec :
        List.of(
            CompressionCodecName.SNAPPY,
            CompressionCodecName.GZIP,
            CompressionCodecName.ZSTD,
            CompressionCodecName.LZ4_RAW)) {
      files.add(parquet(NARROW, 0, small(codec, PageVersion.V1).build()));
      files.add(parquet(NARROW, 0, small(codec, PageVersion.V2).withoutDictionary().build()));
    }
    return files;
  }

  private static ParquetLayout.Builder small(CompressionCodecName codec, PageVersion version) {
    return ParquetLayout.builder().codec(codec).pageVersion(version).rowGroupRows(20).pageRows(7);
  }

  private static List<@Nullable Object[]> rows(TableSchema schema, int firstId) {
    List<@Nullable Object[]> rows =
        new RandomValues(new Random(firstId + 1L)).rows(schema, ROWS, 0.15);
    for (int row = 0; row < rows.size(); row++) {
      rows.get(row)[0] = (long) firstId + row;
      rows.get(row)[1] = "name " + (firstId + row);
    }
    return rows;
  }

  private static byte[] parquet(TableSchema schema, int firstId, ParquetLayout layout) {
    try {
      Path directory = Files.createTempDirectory("sound");
      Path file = directory.resolve("file.parquet");
      try {
        ParquetTableWriter.write(file, schema, rows(schema, firstId), layout);
        return Files.readAllBytes(file);
      } finally {
        Files.deleteIfExists(file);
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<byte[]> arrowFiles() {
    List<byte[]> files = new ArrayList<>();
    for (ArrowLayout layout : List.of(ArrowLayout.stream(), ArrowLayout.file())) {
      files.add(arrow(SCHEMA, layout.withBatchRows(20)));
      files.add(arrow(NARROW, layout.withBatchRows(10).withDictionaries("name")));
      files.add(arrow(NARROW, layout.withBatchRows(20).withTextForm(ArrowLayout.TextForm.VIEW)));
      files.add(arrow(NARROW, layout.withBatchRows(20).withTextForm(ArrowLayout.TextForm.LARGE)));
    }
    files.add(compressed(CodecType.ZSTD));
    files.add(compressed(CodecType.LZ4_FRAME));
    return files;
  }

  private static byte[] arrow(TableSchema schema, ArrowLayout layout) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ArrowTableWriter.write(out, schema, rows(schema, 15), layout);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] compressed(CodecType type) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (BufferAllocator allocator = new RootAllocator();
        BigIntVector ids = new BigIntVector("id", allocator);
        VarCharVector names = new VarCharVector("name", allocator);
        VectorSchemaRoot root = VectorSchemaRoot.of(ids, names);
        ArrowStreamWriter writer =
            new ArrowStreamWriter(
                root,
                null,
                Channels.newChannel(bytes),
                IpcOption.DEFAULT,
                new Compressing(),
                type)) {
      for (int row = 0; row < ROWS; row++) {
        ids.setSafe(row, 15L + row);
        names.setSafe(row, ("name " + row).getBytes(StandardCharsets.UTF_8));
      }
      root.setRowCount(ROWS);
      writer.writeBatch();
      writer.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Compresses bodies of messages, as far as a test needs it. */
  private static final class Compressing implements CompressionCodec.Factory {
    @Override
    public CompressionCodec createCodec(CodecType type) {
      return new AbstractCompressionCodec() {
        @Override
        protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf plain) {
          byte[] content = new byte[(int) plain.writerIndex()];
          plain.getBytes(0, content);
          byte[] frame = type == CodecType.ZSTD ? Zstd.compress(content) : lz4(content);
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
          return type;
        }
      };
    }

    @Override
    public CompressionCodec createCodec(CodecType type, int level) {
      return createCodec(type);
    }

    /** Makes a frame of one block. */
    private static byte[] lz4(byte[] content) {
      Lz4Compressor compressor = new Lz4Compressor();
      byte[] block = new byte[compressor.maxCompressedLength(content.length)];
      int length = compressor.compress(content, 0, content.length, block, 0, block.length);
      ByteBuffer frame = ByteBuffer.allocate(length + 15).order(ByteOrder.LITTLE_ENDIAN);
      frame.putInt(0x184D2204).put((byte) 0x40).put((byte) 0x40).put((byte) 0);
      return frame.putInt(length).put(block, 0, length).putInt(0).array();
    }
  }
}
