package dev.keymerge.bench;

import dev.keymerge.KeyMethod;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.duckdb.DuckDb;
import dev.keymerge.testdata.duckdb.LargeTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * Measures what going to disk costs: finding the matches of a million keys by each method, and
 * fetching the values of updated rows directly or through the disk.
 *
 * <p>Run {@code SpilledMergeBenchmark} through the JMH main class; parameters that a benchmark does
 * not use may be given one value ({@code -p ways=IN_MEMORY}). Each run checks its counts, and that
 * it went the way it should. One thread; files are in the page cache.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 3)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-opens=java.base/java.nio=ALL-UNNAMED", "-Xmx512m"})
public class SpilledMergeBenchmark {
  private static final int FILES = 4;
  private static final int KEYS = 1_000_000;
  private static final int ITEMS = 300_000;
  private static final long INDEX_BYTES = 8 << 20;
  private static final long MEMORY_BYTES = 384L << 20;

  /** How keys are brought together. */
  @Param({"IN_MEMORY", "PARTITIONS", "PASSES"})
  KeyMethod ways = KeyMethod.IN_MEMORY;

  /** How updated rows come to their values. */
  @Param({"DIRECT", "SCATTERED"})
  Tuning.Values values = Tuning.Values.DIRECT;

  /** How many of a thousand line items change, in an order that is not the target's. */
  @Param({"10", "300"})
  int permille = 10;

  private @Nullable Path directory;

  /** Makes the tables. */
  @Setup
  public void makeTables() throws IOException {
    Path place = Files.createTempDirectory("keymerge-spilled");
    directory = place;
    try (DuckDb database = DuckDb.open()) {
      LargeTables tables = new LargeTables(database);
      tables.write(
          (first, end) -> LargeTables.fourIntegers(first, end, 0),
          KEYS,
          FILES,
          place.resolve("keys"));
      tables.write(
          LargeTables.fourIntegers(KEYS / 2, KEYS + KEYS / 2, 1), place.resolve("keys.parquet"));
      tables.write(LargeTables::lineItems, ITEMS, FILES, place.resolve("items"));
      tables.write(LargeTables.lineItemChanges(ITEMS, permille), place.resolve("items.parquet"));
    }
  }

  /** Puts the line items back as they were. */
  @Setup(Level.Invocation)
  public void copyBack() throws IOException {
    Path target = place().resolve("target");
    Trees.delete(target);
    Files.createDirectory(target);
    try (Stream<Path> files = Files.list(place().resolve("items"))) {
      for (Path file : files.toList()) {
        Files.createLink(target.resolve(file.getFileName()), file);
      }
    }
  }

  /** Finds which rows of a million are new, and writes nothing. */
  @Benchmark
  public MergeResult findMatches(Usage usage) {
    Tuning tuning = Tuning.of(1);
    if (ways != KeyMethod.IN_MEMORY) {
      tuning =
          tuning.withIndexBytes(INDEX_BYTES).withOverflow(Tuning.Overflow.valueOf(ways.name()));
    }
    MergeResult result =
        run(
            tuning,
            request("keys.parquet", "keys", "id").strategy(Strategy.INSERT).build(),
            RunMode.DRY_RUN,
            usage);
    if (result.inserted() != KEYS / 2 || result.keyMethod() != ways) {
      throw new IllegalStateException(result + " is not what was asked for");
    }
    return result;
  }

  /** Updates line items in random places. */
  @Benchmark
  public MergeResult fetchValues(Usage usage) {
    MergeResult result =
        run(
            Tuning.of(1).withValues(values),
            request("items.parquet", "target", "l_orderkey", "l_linenumber").build(),
            RunMode.MERGE,
            usage);
    if (result.updated() == 0
        || (values == Tuning.Values.SCATTERED && result.bytesSpilled() == 0)) {
      throw new IllegalStateException(result + " is not what was asked for");
    }
    return result;
  }

  private MergeRequest.Builder request(String source, String target, String... key) {
    return MergeRequest.builder()
        .source(Source.parquet(place().resolve(source)))
        .target(place().resolve(target))
        .keyColumns(key);
  }

  private static MergeResult run(Tuning tuning, MergeRequest request, RunMode mode, Usage usage) {
    MemoryBudget budget = new MemoryBudget(MEMORY_BYTES);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), tuning, 1)) {
      usage.start();
      MergeResult result = runner.run(request, null, mode);
      usage.end(result.bytesSpilled());
      usage.pool(result.bufferPoolHits(), result.bufferPoolMisses());
      return result;
    }
  }

  private Path place() {
    if (directory == null) {
      throw new IllegalStateException("Not set up");
    }
    return directory;
  }

  /** Removes the tables. */
  @TearDown
  public void close() throws IOException {
    Trees.delete(place());
  }
}
