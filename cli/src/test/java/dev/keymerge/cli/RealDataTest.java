package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.derive.LineItemChanges;
import dev.keymerge.testdata.derive.SourceDerivation;
import dev.keymerge.testdata.duckdb.DuckDbOracle;
import dev.keymerge.testdata.duckdb.MergeQuestion;
import dev.keymerge.testdata.generate.LineItems;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.parquet.TableFiles;
import dev.keymerge.testdata.reference.MergeCounts;
import dev.keymerge.testdata.reference.MergeRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Merges into TPC-H line items of scale factor 1 through {@code ./keymerge}, and holds the result
 * against DuckDB's answer to the same question, count by count and row by row; holds the memory of
 * the process against its limit.
 */
@Tag("real")
class RealDataTest {
  private static final int FILES = 8;
  private static final String[] KEY = {"l_orderkey", "l_linenumber"};
  private static final long MOST_RESIDENT_BYTES = 512_000_000;
  private static final long POLL_MILLIS = 10;

  @TempDir Path directory;

  @Test
  void mergesOnePercentAsDuckDbWould() throws IOException, InterruptedException {
    LineItems items = LineItems.ofScale(1);
    Path target = directory.resolve("lineitem");
    Path clustered = directory.resolve("clustered.parquet");
    Path scattered = directory.resolve("scattered.parquet");
    writeTarget(items, target);
    writeSource(items, LineItemChanges.clustered(items, 0.01, 0.001, 0.3), clustered);
    writeSource(items, LineItemChanges.scattered(0.01, 0.001, 42), scattered);

    Map<String, String> first = mergeAndCheck(clustered, target);
    // The changed orders lie next to each other, well within one of the eight files.
    assertThat(first).containsEntry("files_rewritten", "1").containsEntry("files_pruned", "7");

    Map<Path, FileTime> before = times(target);
    Map<String, String> again = merge(clustered, target);
    assertThat(again)
        .containsEntry("updated", "0")
        .containsEntry("inserted", "0")
        .containsEntry("unchanged", again.get("source_rows"))
        .containsEntry("files_rewritten", "0")
        .containsEntry("bytes_written", "0");
    assertThat(times(target)).isEqualTo(before);

    mergeAndCheck(scattered, target);
  }

  /** Merges, and checks counts, rows, places of rows and untouched files. */
  private Map<String, String> mergeAndCheck(Path source, Path target)
      throws IOException, InterruptedException {
    Path before = directory.resolve("before-" + source.getFileName());
    Files.createDirectory(before);
    for (Path file : files(target)) {
      Files.copy(file, before.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
    }
    Map<Path, FileTime> times = times(target);

    Map<String, String> result = merge(source, target);

    MergeQuestion question =
        new MergeQuestion(files(before), List.of(source), MergeRules.upsert(KEY));
    try (DuckDbOracle oracle = DuckDbOracle.open(question, "6GB", 2, directory.resolve("duckdb"))) {
      MergeCounts counts = oracle.counts();
      assertThat(result)
          .containsEntry("source_rows", Long.toString(counts.sourceRows()))
          .containsEntry("inserted", Long.toString(counts.inserted()))
          .containsEntry("updated", Long.toString(counts.updated()))
          .containsEntry("unchanged", Long.toString(counts.unchanged()))
          .containsEntry("deleted", "0")
          .containsEntry("target_rows_before", Long.toString(counts.targetRowsBefore()))
          .containsEntry("target_rows_after", Long.toString(counts.targetRowsAfter()));
      assertThat(oracle.difference(files(target))).isEqualTo(new DuckDbOracle.Difference(0, 0));
      assertThat(oracle.misplacedRows(files(target))).isZero();
    }
    long untouched =
        times(target).entrySet().stream()
            .filter(entry -> entry.getValue().equals(times.get(entry.getKey())))
            .count();
    assertThat(result).containsEntry("files_kept", Long.toString(untouched));
    return result;
  }

  /** Runs the program as a user would, and watches what the kernel says of its memory. */
  private Map<String, String> merge(Path source, Path target)
      throws IOException, InterruptedException {
    Path out = directory.resolve("out.json");
    Path err = directory.resolve("err.txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of("..", "keymerge").toAbsolutePath().normalize().toString());
    command.addAll(List.of("merge", "--source", source.toString(), "--target", target.toString()));
    command.addAll(List.of("--key", String.join(",", KEY), "--memory", "512m", "--json"));
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    long peak = 0;
    while (process.isAlive()) {
      peak = Math.max(peak, peakResidentBytes(process.pid()));
      Thread.sleep(POLL_MILLIS);
    }
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    assertThat(peak).isPositive().isLessThan(MOST_RESIDENT_BYTES);
    return JsonNumbers.of(Files.readString(out));
  }

  /**
   * Returns the greatest resident set that the kernel has counted for a process, or 0 once it is
   * gone.
   */
  private static long peakResidentBytes(long pid) {
    Path status = Path.of("/proc", Long.toString(pid), "status");
    try (Stream<String> lines = Files.lines(status, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException | java.io.UncheckedIOException gone) {
      return 0;
    }
  }

  private static void writeTarget(LineItems items, Path target) throws IOException {
    Files.createDirectories(target);
    for (int part = 0; part < FILES; part++) {
      ParquetTableWriter.write(
          TableFiles.file(target, part),
          LineItems.SCHEMA,
          items.rows(part, FILES),
          ParquetLayout.standard());
    }
  }

  private static void writeSource(LineItems items, SourceDerivation changes, Path source)
      throws IOException {
    try (ParquetTableWriter writer =
        ParquetTableWriter.open(source, changes.sourceSchema(), ParquetLayout.standard())) {
      changes.derive(items.rows(), writer::write);
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  private static Map<Path, FileTime> times(Path directory) throws IOException {
    Map<Path, FileTime> times = new HashMap<>();
    for (Path file : files(directory)) {
      times.put(file, Files.getLastModifiedTime(file));
    }
    return times;
  }
}
