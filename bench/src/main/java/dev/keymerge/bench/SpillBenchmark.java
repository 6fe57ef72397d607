package dev.keymerge.bench;

import com.github.luben.zstd.Zstd;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures writing 64 MiB of records to a spill store and reading them back, as they are and
 * compressed block by block, which the store itself never does: whether it should is what this is
 * for.
 *
 * <p>Run {@code SpillBenchmark} through the JMH main class, and compare processor time and bytes on
 * disk within one kind. Each run checks that what is read is what was written. The disk itself is
 * hardly measured: 64 MiB stay in the page cache.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4)
@Measurement(iterations = 8)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-opens=java.base/java.nio=ALL-UNNAMED", "-Xmx512m"})
public class SpillBenchmark {
  private static final int BLOCK_BYTES = 64 << 10;
  private static final int BLOCKS = 1024;
  private static final int LEVEL = 1;

  /** What the records are. */
  @Param({"INTEGER_KEYS", "TEXT_KEYS", "MATCHES", "AMOUNTS", "WORDS"})
  Records records = Records.INTEGER_KEYS;

  /** Whether blocks are compressed. */
  @Param({"NONE", "ZSTD_1"})
  Compression compression = Compression.NONE;

  private final MemoryBudget budget = new MemoryBudget(256L << 20);
  private final BudgetedAllocator allocator = BudgetedAllocator.open(budget, "benchmark");
  private final ByteBuffer packed = direct((int) Zstd.compressBound(BLOCK_BYTES));
  private final ByteBuffer unpacked = direct(BLOCK_BYTES);
  private ByteBuffer[] blocks = new ByteBuffer[0];
  private long sum;
  private @Nullable Path directory;

  /** Says how blocks are written. */
  public enum Compression {
    /** As they are. */
    NONE,
    /** By the fastest usual level of zstd. */
    ZSTD_1
  }

  /** Names kinds of records as merges write them. */
  public enum Records {
    /** A row's state, ascending, and a key in no order. */
    INTEGER_KEYS {
      @Override
      void write(ByteBuffer block, long row, SplittableRandom random) {
        block.putLong(row * 37 << 2).putLong(random.nextLong(1L << 31));
      }
    },
    /** A row's state, a length, and a UUID as text. */
    TEXT_KEYS {
      @Override
      void write(ByteBuffer block, long row, SplittableRandom random) {
        UUID id = new UUID(random.nextLong(), random.nextLong());
        block.putLong(row * 37 << 2).putInt(36);
        block.put(id.toString().getBytes(StandardCharsets.US_ASCII));
      }
    },
    /** A position in the target, ascending, and a source row in no order. */
    MATCHES {
      @Override
      void write(ByteBuffer block, long row, SplittableRandom random) {
        block.putInt((int) row).putLong(random.nextLong(60_000_000));
      }
    },
    /** Amounts of money in no order. */
    AMOUNTS {
      @Override
      void write(ByteBuffer block, long row, SplittableRandom random) {
        block.putLong(random.nextLong(10_000_000));
      }
    },
    /** Few different words, in no order. */
    WORDS {
      @Override
      void write(ByteBuffer block, long row, SplittableRandom random) {
        block.put(WORDS_OF_LINE_ITEMS[random.nextInt(WORDS_OF_LINE_ITEMS.length)]);
      }
    };

    private static final byte[][] WORDS_OF_LINE_ITEMS = {
      bytes("DELIVER IN PERSON"), bytes("COLLECT COD"), bytes("NONE"), bytes("TAKE BACK RETURN")
    };

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    abstract void write(ByteBuffer block, long row, SplittableRandom random);
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Makes the records. */
  @Setup
  public void makeRecords() throws IOException {
    directory = Files.createTempDirectory("keymerge-spill");
    SplittableRandom random = new SplittableRandom(7);
    blocks = new ByteBuffer[BLOCKS];
    long row = 0;
    for (int number = 0; number < BLOCKS; number++) {
      ByteBuffer block = direct(BLOCK_BYTES);
      while (block.remaining() >= 64) {
        records.write(block, row++, random);
      }
      block.position(0).limit(BLOCK_BYTES);
      blocks[number] = block;
      sum += sumOf(MemoryUtil.getByteBufferAddress(block), BLOCK_BYTES);
    }
  }

  private static long sumOf(long address, int bytes) {
    long sum = 0;
    for (int at = 0; at < bytes; at += Long.BYTES) {
      sum += MemoryUtil.getLong(address + at);
    }
    return sum;
  }

  /** Writes and reads everything. */
  @Benchmark
  public long writeAndRead(Usage usage) {
    if (directory == null) {
      throw new IllegalStateException("Not set up");
    }
    StoragePath home = new LocalStorage().resolve(directory.toString());
    SpillPlace place = new SpillPlace(new LocalStorage(), () -> home, SpillPlace.NO_LIMIT);
    long read = 0;
    usage.start();
    try (SpillStore store = new SpillStore(place, allocator, budget);
        SpillStream stream = write(store)) {
      try (SpillReader reader = stream.open()) {
        while (reader.next()) {
          read += readBlock(reader);
        }
      }
      usage.end(store.writtenBytes());
    }
    if (read != sum) {
      throw new IllegalStateException("What was read is not what was written");
    }
    return read;
  }

  private SpillStream write(SpillStore store) {
    // One record is one block, so that a block on disk is what was compressed as a whole.
    try (SpillWriter writer = store.create(BLOCK_BYTES)) {
      for (ByteBuffer block : blocks) {
        ByteBuffer from = block;
        int bytes = BLOCK_BYTES;
        if (compression == Compression.ZSTD_1) {
          bytes =
              (int)
                  Zstd.compressDirectByteBuffer(
                      packed, 0, packed.capacity(), block, 0, BLOCK_BYTES, LEVEL);
          from = packed;
        }
        long to = writer.append(bytes);
        MemoryUtil.copyMemory(MemoryUtil.getByteBufferAddress(from), to, bytes);
        writer.pause();
      }
      return writer.finish();
    }
  }

  private long readBlock(SpillReader reader) {
    if (compression == Compression.NONE) {
      return sumOf(reader.address(), reader.bytes());
    }
    ByteBuffer block = reader.block().nioBuffer(reader.offset(), reader.bytes());
    Zstd.decompressDirectByteBuffer(unpacked, 0, BLOCK_BYTES, block, 0, reader.bytes());
    return sumOf(MemoryUtil.getByteBufferAddress(unpacked), BLOCK_BYTES);
  }

  /** Gives everything back. */
  @TearDown
  public void close() throws IOException {
    allocator.close();
    if (directory != null) {
      Files.delete(directory);
    }
  }
}
