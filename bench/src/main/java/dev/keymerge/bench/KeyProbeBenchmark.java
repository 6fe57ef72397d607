package dev.keymerge.bench;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.index.KeyIndex;
import dev.keymerge.internal.index.KeyIndexBuilder;
import dev.keymerge.internal.index.KeyIndexConfig;
import dev.keymerge.internal.index.RowMarks;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.plan.KeyProbe;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures how long the key index takes per row: to take a source of two million keys in, and to
 * look up rows of a target.
 *
 * <p>Run {@code KeyProbeBenchmark} through the JMH main class. Setting up checks that just the rows
 * that should match do. Does not measure decoding: vectors are in memory, in random key order, the
 * worst case for caches.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-opens=java.base/java.nio=ALL-UNNAMED", "-Xmx1g"})
public class KeyProbeBenchmark {
  private static final int KEYS = 2 << 20;
  private static final int BATCH = 8192;
  private static final int BATCHES = KEYS / BATCH;

  /** What the keys are: a number, or a text of 20 bytes. */
  @Param({"INT64", "TEXT20"})
  KeyKind kind = KeyKind.INT64;

  /** How many of a hundred target rows have a key of the source. */
  @Param({"1", "50", "100"})
  int matches;

  private final MemoryBudget budget = new MemoryBudget(2L << 30);
  private final BufferAllocator allocator = BudgetedAllocator.open(budget, "benchmark");
  private FieldVector[] source = new FieldVector[0];
  private FieldVector[] target = new FieldVector[0];
  private @Nullable KeyIndex index;
  private @Nullable KeyProbe probe;

  /** Names the kinds of keys. */
  public enum KeyKind {
    /** 64-bit integers. */
    INT64,
    /** Texts of 20 bytes. */
    TEXT20;

    private Field field() {
      return Field.nullable(
          "key",
          switch (this) {
            case INT64 -> new ArrowType.Int(64, true);
            case TEXT20 -> new ArrowType.Utf8();
          });
    }
  }

  /** Makes source, target and index, and checks what is found. */
  @Setup(Level.Trial)
  public void open() {
    SplittableRandom random = new SplittableRandom(1);
    long[] keys = random.longs(KEYS).toArray();
    source = vectors(keys);
    long[] probed = new long[KEYS];
    long matching = 0;
    for (int row = 0; row < KEYS; row++) {
      boolean match = random.nextInt(100) < matches;
      probed[row] = match ? keys[random.nextInt(KEYS)] : random.nextLong();
      matching += match ? 1 : 0;
    }
    target = vectors(probed);
    KeyIndex built = build();
    index = built;
    KeyProbe opened = built.probe();
    probe = opened;
    long found = probeAll(opened);
    if (found != matching) {
      throw new IllegalStateException(found + " rows found where " + matching + " match");
    }
  }

  private FieldVector[] vectors(long[] keys) {
    FieldVector[] vectors = new FieldVector[BATCHES];
    for (int batch = 0; batch < BATCHES; batch++) {
      FieldVector vector = kind.field().createVector(allocator);
      vector.setInitialCapacity(BATCH);
      vector.allocateNew();
      for (int row = 0; row < BATCH; row++) {
        long key = keys[batch * BATCH + row];
        if (vector instanceof BigIntVector numbers) {
          numbers.setSafe(row, key);
        } else {
          String text = String.format(Locale.ROOT, "id-0%016x", key);
          ((VarCharVector) vector).setSafe(row, text.getBytes(StandardCharsets.US_ASCII));
        }
      }
      vector.setValueCount(BATCH);
      vectors[batch] = vector;
    }
    return vectors;
  }

  private KeyIndex build() {
    KeyIndexConfig config =
        KeyIndexConfig.of(List.of(kind.field()), null, DuplicatePolicy.FAIL, NullKeyPolicy.MATCH);
    try (KeyIndexBuilder builder = new KeyIndexBuilder(config, allocator, budget)) {
      for (int batch = 0; batch < BATCHES; batch++) {
        builder.add(List.of(source[batch]), null, BATCH, (long) batch * BATCH, RowMarks.NONE);
      }
      return builder.build(() -> {});
    }
  }

  private long probeAll(KeyProbe opened) {
    long found = 0;
    for (FieldVector batch : target) {
      opened.probe(List.of(batch), BATCH);
      for (int row = 0; row < BATCH; row++) {
        found += opened.sourceRow(row) >= 0 ? 1 : 0;
      }
    }
    return found;
  }

  /** Looks up every target row; the figure is for one. */
  @Benchmark
  @OperationsPerInvocation(KEYS)
  public long probe() {
    return probeAll(Objects.requireNonNull(probe));
  }

  /** Builds the index of all source rows; the figure is for one. */
  @Benchmark
  @OperationsPerInvocation(KEYS)
  public long buildIndex() {
    try (KeyIndex built = build()) {
      return built.counts().distinctKeys();
    }
  }

  /** Gives everything back. */
  @TearDown(Level.Trial)
  public void close() {
    Objects.requireNonNull(probe).close();
    Objects.requireNonNull(index).close();
    for (int batch = 0; batch < BATCHES; batch++) {
      source[batch].close();
      target[batch].close();
    }
    allocator.close();
  }
}
