package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.testdata.duckdb.DuckDb;
import dev.keymerge.testdata.parquet.ChannelInputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Merges into and out of files that are broken, on purpose or by their writers' faults: whatever is
 * wrong, a merge ends in time and does all or nothing.
 */
class BadFilesTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  static List<Path> samples() {
    List<Path> files = SampleFolder.BAD_DATA.files();
    assumeThat(files).as("the folder shared/parquet-testing/bad_data is there").isNotEmpty();
    return files;
  }

  @ParameterizedTest
  @MethodSource("samples")
  void aBadTargetIsMergedOrLeftAlone(Path sample) throws IOException {
    Path source = directory.resolve("source.parquet");
    for (Type column : columns(sample)) {
      writeKeys(source, column);
      for (Strategy strategy : List.of(Strategy.UPSERT, Strategy.DELETE, Strategy.SYNC)) {
        Path besideFile = Files.createTempDirectory(directory, "file");
        Path file = Files.copy(sample, besideFile.resolve(sample.getFileName().toString()));
        mergeOrLeave(Source.parquet(source), file, besideFile, column.getName(), strategy);
        // A copy of its own: what the merge into the file made of it is sound, or may be.
        Path folder = Files.createTempDirectory(directory, "folder");
        Files.copy(sample, folder.resolve(sample.getFileName().toString()));
        mergeOrLeave(Source.parquet(source), folder, folder, column.getName(), strategy);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void aBadSourceIsMergedOrLeavesNothing(Path sample) throws IOException {
    for (Type column : columns(sample)) {
      Path root = Files.createTempDirectory(directory, "root");
      Path target = root.resolve("target");
      mergeOrLeave(Source.parquet(sample), target, root, column.getName(), Strategy.UPSERT);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void aBadFileWithoutTheKeyIsRefusedByName(Path sample) throws IOException {
    Path target = Files.copy(sample, directory.resolve(sample.getFileName().toString()));
    Path source = directory.resolve("source.parquet");
    try (DuckDb database = DuckDb.open()) {
      copy(database, "SELECT 1 AS \"no such column\"", source);
    }
    DirectoryState before = DirectoryState.of(directory);
    assertThatThrownBy(
            () -> merge(Source.parquet(source), target, "no such column", Strategy.UPSERT))
        .isInstanceOf(MergeException.class);
    assertThat(DirectoryState.of(directory)).isEqualTo(before);
  }

  private void mergeOrLeave(Source source, Path target, Path root, String key, Strategy strategy)
      throws IOException {
    DirectoryState before = DirectoryState.of(root);
    boolean readable = isReadable(root);
    Optional<MergeResult> result =
        assertTimeoutPreemptively(
            LIMIT,
            () -> {
              try {
                return Optional.of(merge(source, target, key, strategy));
              } catch (MergeException refusal) {
                assertThat(refusal.getMessage()).isNotBlank();
                return Optional.<MergeResult>empty();
              }
            });
    assertThat(leftovers(root)).isEmpty();
    if (result.isEmpty() || result.get().targetUnchanged()) {
      assertThat(DirectoryState.of(root)).isEqualTo(before);
    } else if (readable) {
      assertThat(rows(root)).isEqualTo(result.get().targetRowsAfter());
    }
  }

  private static MergeResult merge(Source source, Path target, String key, Strategy strategy) {
    try (MergeEngine engine =
        MergeEngine.builder().memoryLimits(MemoryLimits.ofBytes(256 << 20)).threads(2).build()) {
      return engine.merge(
          MergeRequest.builder()
              .source(source)
              .target(target)
              .keyColumns(key)
              .strategy(strategy)
              .build());
    }
  }

  private static List<Path> parquetFiles(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).toList();
    }
  }

  private static boolean isReadable(Path root) throws IOException {
    return parquetFiles(root).stream().allMatch(file -> FileReading.byParquetJava(file).succeeds());
  }

  private static long rows(Path root) throws IOException {
    long rows = 0;
    for (Path file : parquetFiles(root)) {
      FileReading reading = FileReading.byParquetJava(file);
      assertThat(reading.failure()).isEmpty();
      rows += reading.rows().size();
    }
    return rows;
  }

  private static List<Path> leftovers(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(path -> path.toString().contains("_keymerge"))
          .filter(path -> !PrivateFiles.isForHistory(path))
          .toList();
    }
  }

  /** Lists the columns that may be keys, or none if not even the footer can be read. */
  private static List<Type> columns(Path sample) {
    try (ParquetFileReader reader = ParquetFileReader.open(new ChannelInputFile(sample))) {
      return reader.getFileMetaData().getSchema().getFields();
    } catch (IOException | RuntimeException unreadable) {
      return List.of();
    }
  }

  /** Writes a source of the type of a key column, with values that the column may well hold. */
  private static void writeKeys(Path source, Type column) {
    String value = column.isPrimitive() ? value(column.asPrimitiveType()) : "i::INTEGER";
    try (DuckDb database = DuckDb.open()) {
      copy(
          database,
          "SELECT DISTINCT "
              + value
              + " AS "
              + DuckDb.name(column.getName())
              + " FROM range(40) t(i)",
          source);
    }
  }

  private static String value(PrimitiveType type) {
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> "i % 2 = 0";
      case INT32 -> "i::INTEGER";
      case INT64 -> "i::BIGINT";
      case INT96 -> "make_timestamp(i * 1000000)";
      case FLOAT -> "i::FLOAT";
      case DOUBLE -> "i::DOUBLE";
      case BINARY ->
          type.getLogicalTypeAnnotation()
                  instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation
              ? "'a' || i"
              : "('a' || i)::BLOB";
      case FIXED_LEN_BYTE_ARRAY -> "repeat('a', " + type.getTypeLength() + ")::BLOB";
    };
  }

  private static void copy(DuckDb database, String query, Path file) {
    database.run("COPY (" + query + ") TO " + DuckDb.text(file.toString()) + " (FORMAT parquet)");
  }
}
