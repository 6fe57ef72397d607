package dev.keymerge.internal.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.MeteredStorage;
import dev.keymerge.internal.storage.StorageMeter;
import dev.keymerge.testdata.duckdb.DuckDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {
  private static final int FILES = 30;
  private static final int COLUMNS = 200;

  @TempDir Path directory;

  private final Meter meter = new Meter();
  private final MeteredStorage storage = new MeteredStorage(new LocalStorage(), meter);

  /** Counts the bytes that were read. */
  private static final class Meter implements StorageMeter {
    private long read;

    @Override
    public void read(long bytes) {
      read += bytes;
    }

    @Override
    public void wrote(long bytes) {}
  }

  /** Writes files of many columns; {@code odd} has one more than the others. */
  private List<FileStatus> files(int odd) throws IOException {
    List<FileStatus> files = new ArrayList<>();
    try (DuckDb database = DuckDb.open()) {
      for (int file = 0; file < FILES; file++) {
        String columns =
            IntStream.range(0, file == odd ? COLUMNS + 1 : COLUMNS)
                .mapToObj(column -> column + " AS c" + column)
                .collect(Collectors.joining(", "));
        Path path = directory.resolve("part-" + file + ".parquet");
        database.run(
            "COPY (SELECT "
                + columns
                + ") TO "
                + DuckDb.text(path.toString())
                + " (FORMAT parquet)");
        files.add(storage.status(storage.resolve(path.toString())).orElseThrow());
      }
    }
    return files;
  }

  private static void lendEach(OpenFiles open, List<FileStatus> files) throws IOException {
    for (FileStatus file : files) {
      try (OpenFiles.Lease lease = open.lend(file)) {
        assertThat(lease.file().column("c7")).isNotNull();
        assertThat(lease.file().column("none")).isNull();
      }
    }
  }

  @Test
  void readsTheFooterOfEachFileOnceHoweverOftenItComesBack() throws IOException {
    List<FileStatus> files = files(3);
    MemoryBudget budget = new MemoryBudget(64 << 20);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        OpenFiles open = new OpenFiles(storage, memory, budget)) {
      lendEach(open, files);
      long once = meter.read;
      lendEach(open, files);
      lendEach(open, files);

      assertThat(once).isPositive();
      assertThat(meter.read).isEqualTo(once);
      // A footer as it is parsed takes about two kilobytes for each column.
      assertThat(budget.usedBytes()).isLessThan(FILES * COLUMNS * 200L);
      try (OpenFiles.Lease lease = open.lend(files.get(3))) {
        assertThat(lease.file().column("c" + COLUMNS)).isNotNull();
      }
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void givesFootersBackThatNobodyReadsWhenOthersNeedTheMemory() throws IOException {
    List<FileStatus> files = files(-1);
    MemoryBudget budget = new MemoryBudget(64 << 20);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        OpenFiles open = new OpenFiles(storage, memory, budget);
        MemoryReservation others = budget.open("others")) {
      lendEach(open, files);
      long held = budget.usedBytes();
      try (OpenFiles.Lease lease = open.lend(files.get(5))) {
        long footers = (FILES - 1) * COLUMNS * 48L;
        long wanted = budget.limitBytes() - held + footers;
        others.grow(wanted);

        assertThat(others.bytes()).isEqualTo(wanted);
        assertThat(lease.file().column("c7")).isNotNull();
      }
      others.close();
      lendEach(open, files);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void forgetsFootersForWhichThereIsNoMemory() throws IOException {
    List<FileStatus> files = files(-1);
    MemoryBudget budget = new MemoryBudget(1200 << 10);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        OpenFiles open = new OpenFiles(storage, memory, budget)) {
      lendEach(open, files);
      long once = meter.read;
      lendEach(open, files);

      assertThat(meter.read).isGreaterThan(once);
      assertThat(budget.usedBytes()).isLessThan(budget.limitBytes() / 2);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void noticesThatAFileWasReplacedAlsoWhenItsFooterIsKnown() throws IOException {
    List<FileStatus> files = files(-1);
    MemoryBudget budget = new MemoryBudget(64 << 20);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        OpenFiles open = new OpenFiles(storage, memory, budget)) {
      lendEach(open, files);
      Path first = directory.resolve("part-0.parquet");
      Files.write(first, new byte[] {1, 2, 3});

      assertThatThrownBy(() -> open.lend(files.get(0)))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining("part-0.parquet was changed");
      Files.delete(first);
      assertThatThrownBy(() -> open.lend(files.get(0))).isInstanceOf(MergeException.Conflict.class);
    }
    assertThat(budget.usedBytes()).isZero();
  }
}
