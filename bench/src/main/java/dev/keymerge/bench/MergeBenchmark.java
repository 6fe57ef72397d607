package dev.keymerge.bench;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.testdata.derive.LineItemChanges;
import dev.keymerge.testdata.derive.SourceDerivation;
import dev.keymerge.testdata.duckdb.DuckDbOracle;
import dev.keymerge.testdata.duckdb.MergeQuestion;
import dev.keymerge.testdata.generate.LineItems;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.parquet.TableFiles;
import dev.keymerge.testdata.reference.MergeRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
 * Measures whole merges of one percent of changes into TPC-H line items in eight files, and beside
 * them what DuckDB takes to join the same source and target and write everything anew.
 *
 * <p>Run {@code MergeBenchmark} through the JMH main class; compare the two numbers of one run.
 * Setting up checks that both sides give the same rows. Copying the target back before each merge
 * is not measured; files are in the page cache.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 7)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-opens=java.base/java.nio=ALL-UNNAMED", "-Xmx1g"})
public class MergeBenchmark {
  private static final int FILES = 8;
  private static final String[] KEY = {"l_orderkey", "l_linenumber"};

  /** Size of the table; 1 is six million rows. */
  @Param("0.1")
  double scale = 0.1;

  /** Where the changed rows lie. */
  @Param({"CLUSTERED", "SCATTERED", "NONE"})
  Changes changes = Changes.CLUSTERED;

  private @Nullable Path directory;
  private @Nullable MergeEngine engine;
  private @Nullable DuckDbOracle duckDb;

  /** Says where the changed rows lie. */
  public enum Changes {
    /** Next to each other. */
    CLUSTERED,
    /** All over the table. */
    SCATTERED,
    /** Nowhere: every row of the source equals its match. */
    NONE
  }

  /** Makes the data, and checks that both sides give the same rows. */
  @Setup
  public void makeData() throws IOException {
    Path place = Files.createTempDirectory("keymerge-benchmark");
    directory = place;
    LineItems items = LineItems.ofScale(scale);
    Files.createDirectory(place.resolve("before"));
    for (int part = 0; part < FILES; part++) {
      ParquetTableWriter.write(
          TableFiles.file(place.resolve("before"), part),
          LineItems.SCHEMA,
          items.rows(part, FILES),
          ParquetLayout.standard());
    }
    SourceDerivation derivation =
        changes == Changes.SCATTERED
            ? LineItemChanges.scattered(0.01, 0.001, 42)
            : LineItemChanges.clustered(items, 0.01, 0.001, 0.3);
    try (ParquetTableWriter writer =
        ParquetTableWriter.open(source(), derivation.sourceSchema(), ParquetLayout.standard())) {
      derivation.derive(items.rows(), writer::write);
    }
    engine = MergeEngine.builder().memoryLimits(MemoryLimits.parse("512m")).build();
    copyBack();
    check();
  }

  private void check() throws IOException {
    duckDb = ask(files("before"));
    keymerge();
    if (!duckDb().sameDigest(files("target"))) {
      throw new IllegalStateException("The two sides do not give the same rows");
    }
    if (changes == Changes.NONE) {
      // The source has been merged once: from now on it changes nothing.
      Trees.delete(place().resolve("before"));
      Files.move(place().resolve("target"), place().resolve("before"));
      duckDb().close();
      duckDb = ask(files("before"));
    }
  }

  private DuckDbOracle ask(List<Path> target) {
    return DuckDbOracle.open(new MergeQuestion(target, List.of(source()), MergeRules.upsert(KEY)));
  }

  /** Puts the target back as it was before the merge. */
  @Setup(Level.Invocation)
  public void copyBack() throws IOException {
    Path target = place().resolve("target");
    Trees.delete(target);
    Files.createDirectory(target);
    for (Path file : files("before")) {
      Files.copy(file, target.resolve(file.getFileName()));
    }
    Files.deleteIfExists(place().resolve("rewritten.parquet"));
  }

  /** Merges with Keymerge. */
  @Benchmark
  public MergeResult keymerge() {
    if (engine == null) {
      throw new IllegalStateException("Not set up");
    }
    return engine.merge(
        MergeRequest.builder()
            .source(Source.parquet(source()))
            .target(place().resolve("target"))
            .keyColumns(KEY)
            .build());
  }

  /** Joins and writes everything anew with DuckDB. */
  @Benchmark
  public Path duckDbRewrite() {
    Path rewritten = place().resolve("rewritten.parquet");
    duckDb().writeExpected(rewritten);
    return rewritten;
  }

  /** Gives everything back. */
  @TearDown
  public void close() throws IOException {
    if (engine != null) {
      engine.close();
    }
    duckDb().close();
    Trees.delete(place());
  }

  private Path place() {
    if (directory == null) {
      throw new IllegalStateException("Not set up");
    }
    return directory;
  }

  private DuckDbOracle duckDb() {
    if (duckDb == null) {
      throw new IllegalStateException("Not set up");
    }
    return duckDb;
  }

  private Path source() {
    return place().resolve("source.parquet");
  }

  private List<Path> files(String name) throws IOException {
    try (Stream<Path> files = Files.list(place().resolve(name))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }
}
