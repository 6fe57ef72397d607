package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.Reassembly.Way;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CarryTest {
  @TempDir private Path directory;

  static List<Path> samples() {
    return SampleFiles.in("data");
  }

  @ParameterizedTest
  @MethodSource("samples")
  void carriedColumnsReadLikeTheOriginal(Path sample) throws IOException {
    check(sample, Way.CARRY, row -> false, ChunkStyle::like);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void rowsBetweenCarriedOnesCanBeLeftOut(Path sample) throws IOException {
    check(sample, Way.CARRY, row -> row % 3 == 1, ChunkStyle::like);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void columnsThroughArrowReadLikeTheOriginal(Path sample) throws IOException {
    check(sample, Way.ARROW, row -> row % 3 == 1, ChunkStyle::like);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void carriedColumnsCanChangeToOtherPages(Path sample) throws IOException {
    check(
        sample,
        Way.CARRY,
        row -> row % 2 == 0,
        (file, group, leaf) ->
            new ChunkStyle(
                ChunkStyle.FOR_NEW.codec(),
                ChunkStyle.FOR_NEW.level(),
                ValueEncoding.DICTIONARY,
                PageVersion.V2,
                ChunkIndexing.FULL,
                new BloomStyle.None()));
  }

  private void check(Path sample, Way way, LongPredicate deleted, Reassembly.ChunkStyles styles)
      throws IOException {
    StoragePath source = STORAGE.resolve(sample.toString());
    StoragePath target = STORAGE.resolve(directory.resolve("target.parquet").toString());
    List<String> expected = expected(source, deleted);
    try {
      new Reassembly(source, target).without(deleted).styles(styles).run(leaf -> way);
    } catch (MergeException.BadData refused) {
      assumeTrue(false, refused.getMessage());
    }
    try (StorageInput input = STORAGE.open(target)) {
      assertThat(StrictReader.rows(input)).isEqualTo(expected);
    }
  }

  private static List<String> expected(StoragePath source, LongPredicate deleted)
      throws IOException {
    List<String> rows = new ArrayList<>();
    try (StorageInput input = STORAGE.open(source);
        ParquetFileReader reader = StrictReader.open(input)) {
      List<String> all = StrictReader.rows(input);
      int next = 0;
      for (var group : reader.getFooter().getBlocks()) {
        for (long row = 0; row < group.getRowCount(); row++, next++) {
          if (!deleted.test(row)) {
            rows.add(all.get(next));
          }
        }
      }
    } catch (RuntimeException | IOException | LinkageError failure) {
      assumeTrue(false, "the library cannot read it: " + failure);
    }
    return rows;
  }
}
