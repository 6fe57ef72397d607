package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.DatasetScan;
import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.MergeHandle;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Datasets into which a merge was interrupted halfway through its publication, as sources. */
class PendingSourceTest {
  private static final long MEMORY_BYTES = 128L << 20;

  @TempDir private Path directory;

  private final MergeEngine engine =
      MergeEngine.builder()
          .memoryLimits(MemoryLimits.ofBytes(MEMORY_BYTES))
          .threads(2)
          .concurrentMerges(1)
          .build();
  private People people;

  @BeforeEach
  void interruptAMerge() throws IOException {
    people = new People(directory);
    people.storeThreeFiles();
    MergeRequest request =
        people.request(people.changes("1 ann 99", "5 eva 99", "9 ida 99")).build();
    try (MergeRunner runner =
        new MergeRunner(new MemoryBudget(MEMORY_BYTES), breakingAt("b.parquet"), Tuning.of(1), 1)) {
      assertThatThrownBy(() -> runner.run(request, null, RunMode.MERGE))
          .isInstanceOf(MergeException.OutcomeUnknown.class);
    }
    assertThat(People.lines(people.file("a.parquet"))).contains("1 ann 99");
    assertThat(People.lines(people.file("b.parquet"))).contains("5 eva 34");
    assertThat(journal()).exists();
  }

  @AfterEach
  void closeTheEngine() {
    engine.close();
  }

  /** Returns the storage of this machine, in which one file cannot be replaced. */
  private static Storage breakingAt(String name) {
    LocalStorage storage = new LocalStorage();
    return (Storage)
        Proxy.newProxyInstance(
            Storage.class.getClassLoader(),
            new Class<?>[] {Storage.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("replace")
                  && ((StoragePath) arguments[1]).name().equals(name)) {
                throw new IOException(arguments[1] + ": the disk is broken");
              }
              try {
                return method.invoke(storage, arguments);
              } catch (InvocationTargetException failure) {
                throw failure.getCause();
              }
            });
  }

  private Path journal() {
    return people.target().resolve("_keymerge/journal");
  }

  private MergeResult copy(Source source) {
    return engine.merge(
        MergeRequest.builder()
            .source(source)
            .target(directory.resolve("copy"))
            .keyColumns("id")
            .build());
  }

  private List<String> copied() throws IOException {
    List<String> lines = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory.resolve("copy"), "*.parquet")) {
      for (Path file : files) {
        lines.addAll(People.lines(file));
      }
    }
    return lines;
  }

  @Test
  void aSourceIsCompletedBeforeItIsRead() throws IOException {
    MergeResult result = copy(Source.parquet(people.target()));

    assertThat(result.inserted()).isEqualTo(12);
    assertThat(copied()).contains("1 ann 99", "5 eva 99", "9 ida 99").hasSize(12);
    assertThat(journal()).doesNotExist();
  }

  @Test
  void aFileOfTheDatasetIsCompletedWithIt() throws IOException {
    copy(Source.parquet(people.file("b.parquet")));

    assertThat(copied()).contains("5 eva 99").hasSize(4);
    assertThat(journal()).doesNotExist();
  }

  @Test
  void filesThatAPatternNamesAreCompletedWithTheirDataset() throws IOException {
    copy(Source.parquet(people.target() + "/[bc].parquet"));

    assertThat(copied()).contains("5 eva 99", "9 ida 99").hasSize(8);
    assertThat(journal()).doesNotExist();
  }

  @Test
  void aScanReadsOneVersion() {
    try (DatasetScan scan = engine.scan(people.target(), List.of("age"))) {
      long rows = 0;
      while (scan.next()) {
        rows += scan.chunk().getRowCount();
      }
      assertThat(rows).isEqualTo(12);
    }
    assertThat(journal()).doesNotExist();
  }

  @Test
  void aSourceThatCannotBeCompletedIsRefused() throws IOException {
    Files.writeString(journal(), "garbled");
    for (Source source :
        List.of(
            Source.parquet(people.target()),
            Source.parquet(people.file("b.parquet")),
            Source.parquet(people.target() + "/*.parquet"))) {
      assertThatThrownBy(() -> copy(source))
          .isInstanceOfSatisfying(
              MergeException.InputOutput.class,
              e -> assertThat(e.remedy()).contains("keymerge recover " + people.target()))
          .hasMessageContaining("from which the source is read, was interrupted");
      assertThat(directory.resolve("copy")).doesNotExist();
    }
  }

  @Test
  void aSourceInWhichADatasetIsPendingIsRefused() {
    assertThatThrownBy(() -> copy(Source.parquet(directory + "/peop*/*.parquet")))
        .isInstanceOfSatisfying(
            MergeException.Conflict.class,
            e -> assertThat(e.remedy()).contains("keymerge recover " + people.target()));
    assertThat(directory.resolve("copy")).doesNotExist();
  }

  @Test
  @Timeout(60)
  void nobodyWaitsForAMergeThatHasNothingToDoWithIt() throws Exception {
    CountDownLatch looked = new CountDownLatch(1);
    Schema schema = new Schema(List.of(Field.notNullable("id", new ArrowType.Int(64, true))));
    MergeHandle waiting =
        engine.submit(
            MergeRequest.builder()
                .source(
                    Source.arrow(
                        schema,
                        () -> {
                          await(looked);
                          return null;
                        }))
                .target(directory.resolve("other"))
                .keyColumns("id")
                .build(),
            null);

    assertThat(engine.inspect(people.target(), List.of()).rows()).isEqualTo(12);
    assertThat(engine.history(people.target())).hasSize(1);
    assertThat(journal()).doesNotExist();
    assertThat(waiting.done()).isFalse();
    looked.countDown();
    waiting.await();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
