package dev.keymerge.internal.spill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.util.MemoryUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SpillStoreTest {
  private static final int BLOCK = 1024;

  @TempDir Path directory;

  private final MemoryBudget budget = new MemoryBudget(8 << 20);
  private BudgetedAllocator allocator;

  @BeforeEach
  void open() {
    allocator = BudgetedAllocator.open(budget, "test");
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    allocator.close();
    assertThat(budget.usedBytes()).isZero();
    assertThat(files()).isEmpty();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted().toList();
    }
  }

  private SpillStore store(long limit) {
    StoragePath home = new LocalStorage().resolve(directory.toString());
    return new SpillStore(new SpillPlace(new LocalStorage(), () -> home, limit), allocator, budget);
  }

  /** Each file is sealed by a reader while a stream that waits has blocks in it. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void streamsThatWaitHoldNoFilesOpen() throws IOException {
    int streams = 60;
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      List<SpillStream> waiting = new ArrayList<>();
      for (int number = 0; number < streams; number++) {
        try (SpillWriter writer = store.create(BLOCK)) {
          MemoryUtil.putLong(writer.append(Long.BYTES), number);
          waiting.add(writer.finish());
        }
        assertThat(onlyLong(waiting.get(number))).isEqualTo(number);
      }
      assertThat(files()).hasSize(streams);
      assertThat(openFiles()).isLessThan(streams / 2);
      for (int number = 0; number < streams; number++) {
        assertThat(onlyLong(waiting.get(number))).isEqualTo(number);
      }
      waiting.forEach(SpillStream::close);
    }
  }

  private static long onlyLong(SpillStream stream) {
    try (SpillReader reader = stream.open()) {
      assertThat(reader.next()).isTrue();
      return MemoryUtil.getLong(reader.address());
    }
  }

  private long openFiles() throws IOException {
    long open = 0;
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        try {
          open += Files.readSymbolicLink(descriptor).startsWith(directory.toRealPath()) ? 1 : 0;
        } catch (NoSuchFileException closed) {
          // It was that of the list itself.
        }
      }
    }
    return open;
  }

  @Test
  void streamsComeBackAsTheyWereWrittenHoweverTheyInterleave() {
    Random random = new Random(7);
    List<List<Long>> expected = new ArrayList<>();
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      List<SpillWriter> writers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        writers.add(store.create(BLOCK));
        expected.add(new ArrayList<>());
      }
      for (int i = 0; i < 50_000; i++) {
        int stream = random.nextInt(writers.size());
        long value = random.nextLong();
        MemoryUtil.putLong(writers.get(stream).append(Long.BYTES), value);
        expected.get(stream).add(value);
      }
      List<SpillStream> streams = writers.stream().map(SpillWriter::finish).toList();
      for (int i = 0; i < streams.size(); i++) {
        assertThat(streams.get(i).bytes()).isEqualTo(expected.get(i).size() * 8L);
        assertThat(longs(streams.get(i))).isEqualTo(expected.get(i));
        assertThat(longs(streams.get(i))).isEqualTo(expected.get(i));
      }
      streams.forEach(SpillStream::close);
      assertThat(store.heldBytes()).isZero();
      assertThat(store.writtenBytes()).isEqualTo(store.peakBytes()).isGreaterThan(400_000);
    }
  }

  private static List<Long> longs(SpillStream stream) {
    List<Long> values = new ArrayList<>();
    try (SpillReader reader = stream.open()) {
      while (reader.next()) {
        for (int at = 0; at < reader.bytes(); at += Long.BYTES) {
          values.add(MemoryUtil.getLong(reader.address() + at));
        }
      }
    }
    return values;
  }

  @Test
  void aRecordLargerThanABlockStaysWhole() {
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      SpillWriter writer = store.create(BLOCK);
      MemoryUtil.putLong(writer.append(8), 1);
      MemoryUtil.setMemory(writer.append(100_000), 100_000, (byte) 5);
      MemoryUtil.putLong(writer.append(8), 2);
      try (SpillStream stream = writer.finish();
          SpillReader reader = stream.open()) {
        assertThat(reader.next()).isTrue();
        assertThat(reader.bytes()).isEqualTo(8);
        assertThat(reader.next()).isTrue();
        assertThat(reader.bytes()).isEqualTo(100_000);
        assertThat(MemoryUtil.getByte(reader.address() + 99_999)).isEqualTo((byte) 5);
        assertThat(reader.next()).isTrue();
        assertThat(MemoryUtil.getLong(reader.address())).isEqualTo(2);
        assertThat(reader.next()).isFalse();
      }
    }
  }

  @Test
  void writingGoesOnWhileOtherStreamsAreRead() {
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      SpillWriter first = store.create(BLOCK);
      SpillWriter second = store.create(BLOCK);
      for (long i = 0; i < 1_000; i++) {
        MemoryUtil.putLong(first.append(8), i);
        MemoryUtil.putLong(second.append(8), -i);
      }
      try (SpillStream done = first.finish()) {
        assertThat(longs(done)).hasSize(1_000);
        for (long i = 1_000; i < 2_000; i++) {
          MemoryUtil.putLong(second.append(8), -i);
        }
      }
      try (SpillStream done = second.finish()) {
        assertThat(longs(done)).hasSize(2_000).contains(-1_999L);
      }
    }
  }

  @Test
  void everyFlippedByteIsDetected() throws IOException {
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      SpillWriter writer = store.create(BLOCK);
      for (long i = 0; i < 20; i++) {
        MemoryUtil.putLong(writer.append(8), i * i);
      }
      try (SpillStream stream = writer.finish()) {
        assertThat(longs(stream)).hasSize(20);
        Path file = files().get(0);
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at < bytes.length; at++) {
          for (int bit = 0; bit < Byte.SIZE; bit += 3) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << bit);
            Files.write(file, damaged);
            assertThatThrownBy(() -> longs(stream))
                .as("byte %s", at)
                .isInstanceOf(MergeException.InputOutput.class)
                .hasMessageContaining("not what was written");
          }
        }
      }
    }
  }

  @Test
  void aFileThatWasCutIsDetected() throws IOException {
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      SpillWriter writer = store.create(BLOCK);
      MemoryUtil.putLong(writer.append(8), 1);
      try (SpillStream stream = writer.finish()) {
        Files.write(files().get(0), new byte[10]);
        assertThatThrownBy(() -> longs(stream)).isInstanceOf(MergeException.InputOutput.class);
      }
    }
  }

  @Test
  void theLimitHoldsAndReleasedBytesCountNoMore() {
    try (SpillStore store = store(10 * BLOCK)) {
      for (int round = 0; round < 5; round++) {
        SpillWriter writer = store.create(BLOCK);
        for (int i = 0; i < 9 * 126; i++) {
          MemoryUtil.putLong(writer.append(8), i);
        }
        writer.finish().close();
      }
      assertThat(store.writtenBytes()).isEqualTo(5L * 9 * BLOCK);
      assertThat(store.peakBytes()).isEqualTo(9L * BLOCK);
      SpillWriter writer = store.create(BLOCK);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 12 * 126; i++) {
                  MemoryUtil.putLong(writer.append(8), i);
                }
              })
          .isInstanceOfSatisfying(
              MergeException.LimitExceeded.class,
              refused -> assertThat(refused.remedy()).contains("--spill-limit"));
      writer.close();
    }
  }

  @Test
  void workThatCannotFitIsRefusedBeforehand() throws IOException {
    try (SpillStore store = store(1 << 20)) {
      assertThatThrownBy(() -> store.expect(2 << 20))
          .isInstanceOf(MergeException.LimitExceeded.class);
      store.expect(1 << 20);
    }
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      assertThatThrownBy(() -> store.expect(1L << 60))
          .isInstanceOf(MergeException.LimitExceeded.class)
          .hasMessageContaining("free");
    }
  }

  @Test
  void whatIsReleasedOnTheWayNeedsNoRoomBesideWhatIsWrittenAnew() {
    int blocks = 10;
    long limit = 3L * blocks * BLOCK;
    // Each stream in a file of its own: the first was read before the second was written.
    try (SpillStore store = store(limit)) {
      SpillStream first = filled(store, blocks);
      assertThat(longs(first)).hasSize(blocks * 126);
      SpillStream second = filled(store, blocks);
      store.expectAnew(List.of(first, second));
      first.close();
      second.close();
    }
    try (SpillStore store = store(limit)) {
      SpillStream first = filled(store, blocks);
      SpillStream second = filled(store, blocks);
      assertThatThrownBy(() -> store.expectAnew(List.of(first, second)))
          .isInstanceOf(MergeException.LimitExceeded.class);
      store.expectAnew(List.of(first));
      first.close();
      second.close();
    }
  }

  private static SpillStream filled(SpillStore store, int blocks) {
    SpillWriter writer = store.create(BLOCK);
    for (int i = 0; i < blocks * 126; i++) {
      MemoryUtil.putLong(writer.append(8), i);
    }
    return writer.finish();
  }

  @Test
  void roomIsWhatLimitAndDiskHave() {
    try (SpillStore store = store(1 << 20)) {
      assertThat(store.roomBytes()).isEqualTo(1 << 20);
      filled(store, 10).close();
      assertThat(store.roomBytes()).isEqualTo(1 << 20);
    }
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      assertThat(store.roomBytes()).isLessThan(1L << 50);
    }
  }

  @Test
  void aRefusedBufferLeavesTheWriterUsable() {
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      SpillWriter writer = store.create(BLOCK);
      MemoryUtil.putLong(writer.append(8), 42);
      assertThatThrownBy(() -> writer.append(16 << 20))
          .isInstanceOf(MergeException.LimitExceeded.class);
      MemoryUtil.putLong(writer.append(8), 43);
      try (SpillStream stream = writer.finish()) {
        assertThat(longs(stream)).containsExactly(42L, 43L);
      }
    }
  }

  @Test
  void nothingStandsOnDiskBeforeTheFirstBlock() throws IOException {
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      SpillWriter writer = store.create(BLOCK);
      MemoryUtil.putLong(writer.append(8), 1);
      assertThat(files()).isEmpty();
      writer.close();
      assertThat(store.writtenBytes()).isZero();
    }
  }

  @Test
  void closingRemovesWhatNobodyReleased() throws IOException {
    try (SpillStore store = store(SpillPlace.NO_LIMIT)) {
      SpillWriter writer = store.create(BLOCK);
      MemoryUtil.putLong(writer.append(8), 1);
      writer.finish();
      assertThat(files()).hasSize(1);
    }
    assertThat(files()).isEmpty();
  }
}
