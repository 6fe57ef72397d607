package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Changes bytes of sound files and expects what is read to be refused cleanly or to be readable.
 */
class DamagedFilesTest {
  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final long BUDGET_BYTES = 64L << 20;

  /** Holds a file in memory. */
  private record Bytes(StoragePath path, byte[] content) implements StorageInput {
    @Override
    public long size() {
      return content.length;
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      if (position < 0 || target.remaining() > content.length - position) {
        throw new EOFException(path + " ends at " + content.length);
      }
      target.put(content, (int) position, target.remaining());
    }

    @Override
    public void close() {}
  }

  @Test
  void sampleFilesWithChangedBytesAreReadOrRefused() {
    List<Path> files = SampleFiles.in("data");
    assumeFalse(files.isEmpty(), "no directory shared/parquet-testing beside the repository");
    Assertions.assertTimeoutPreemptively(
        LONGEST,
        () -> {
          for (Path file : files) {
            damage(Files.readAllBytes(file), 25, new Random(file.getFileName().hashCode()));
          }
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW"})
  void writtenFilesWithChangedBytesAreReadOrRefused(
      CompressionCodecName codec, @TempDir Path directory) throws IOException {
    for (PageVersion version : PageVersion.values()) {
      Path file = directory.resolve(version + ".parquet");
      ParquetTableWriter.write(
          file,
          AllTypes.schema(),
          new RandomValues(new Random(1)).rows(AllTypes.schema(), 60, 0.2),
          ParquetLayout.builder().codec(codec).pageVersion(version).pageRows(20).build());
      byte[] sound = Files.readAllBytes(file);
      Assertions.assertTimeoutPreemptively(LONGEST, () -> damage(sound, 60, new Random(2)));
    }
  }

  private static void damage(byte[] sound, int times, Random random) {
    for (int time = 0; time < times; time++) {
      byte[] damaged = sound.clone();
      int changes = 1 + random.nextInt(8);
      for (int change = 0; change < changes; change++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(4) == 0) {
        damaged = shortened(damaged, random);
      }
      readOrRefuse(damaged);
    }
  }

  /** Cuts bytes out of the middle, so that the footer stays and offsets do not. */
  private static byte[] shortened(byte[] content, Random random) {
    int from = random.nextInt(content.length);
    int cut = Math.min(content.length - from, 1 + random.nextInt(50));
    byte[] shorter = Arrays.copyOf(content, content.length - cut);
    System.arraycopy(content, from + cut, shorter, from, content.length - from - cut);
    return shorter;
  }

  private static void readOrRefuse(byte[] content) {
    readOrRefuse(content, PageLimits.USUAL);
    readOrRefuse(content, SampleFiles.SLICES);
  }

  private static void readOrRefuse(byte[] content, PageLimits limits) {
    MemoryBudget budget = new MemoryBudget(BUDGET_BYTES);
    try (ParquetFile file =
        ParquetFile.open(
            new Bytes(new StoragePath("/damaged.parquet"), content),
            new ParquetMemory(budget, "test", limits))) {
      for (int group = 0; group < file.footer().rowGroups(); group++) {
        for (int leaf = 0; leaf < file.footer().leaves().size(); leaf++) {
          file.footer().statistics(group, leaf);
          readChunk(file, group, leaf);
          skipThroughChunk(file, group, leaf);
          readVectors(file, group, leaf);
        }
      }
    } catch (MergeException e) {
      checkRefusal(e);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  private static void readChunk(ParquetFile file, int group, int leaf) {
    try {
      OwnColumns.chunk(file, group, leaf);
    } catch (MergeException e) {
      checkRefusal(e);
    }
  }

  private static void skipThroughChunk(ParquetFile file, int group, int leaf) {
    try (ColumnPageReader reader = file.pages(group, leaf)) {
      for (long row = 1; row < Math.min(100, file.footer().rows(group)); row += 13) {
        if (reader.skipTo(row)) {
          reader.next();
        }
      }
    } catch (MergeException e) {
      checkRefusal(e);
    }
  }

  private static void readVectors(ParquetFile file, int group, int leaf) {
    ColumnDescriptor descriptor = file.footer().leaves().get(leaf);
    Field field = ArrowTypes.field(descriptor.getPrimitiveType());
    if (field == null || descriptor.getMaxRepetitionLevel() > 0) {
      return;
    }
    try (BufferAllocator allocator = new RootAllocator(BUDGET_BYTES);
        FlatColumnReader reader = file.column(group, leaf, field, allocator);
        FieldVector vector = reader.newVector()) {
      reader.read((int) Math.min(10_000, reader.rows()), vector);
    } catch (MergeException e) {
      checkRefusal(e);
    }
  }

  private static void checkRefusal(MergeException refusal) {
    assertThat(refusal)
        .isInstanceOfAny(MergeException.BadData.class, MergeException.LimitExceeded.class);
    if (refusal instanceof MergeException.BadData) {
      assertThat(refusal).hasMessageContaining("/damaged.parquet");
    }
  }
}
