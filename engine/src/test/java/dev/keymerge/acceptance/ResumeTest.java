package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Interrupts merges between two of their files, and takes them up again.
 *
 * <p>The target has three files; the usual source changes one row of each and brings three rows
 * that go to files of one row each.
 */
class ResumeTest {
  private static final String[] CHANGES = {
    "1 ann 99", "5 eva 99", "9 ida 99", "20 new 1", "21 new 2", "22 new 3"
  };

  /** Says what becomes of everything that comes after the interruption. */
  private enum Interruption {
    /** The program goes on and tidies up. */
    FAILURE,
    /** Nothing is done any more. */
    CRASH
  }

  @TempDir private Path directory;

  private People people;
  private final List<String> created = new ArrayList<>();

  @BeforeEach
  void storePeople() throws IOException {
    people = new People(directory);
    people.storeThreeFiles();
  }

  private MergeRequest.Builder request() throws IOException {
    Path file = directory.resolve("changes.parquet");
    Source source = Files.exists(file) ? Source.parquet(file) : people.changes(CHANGES);
    return people.request(source).rowGroupRows(1).maxFileRows(1);
  }

  /** Returns a storage in which the file {@code name} cannot be created. */
  private Storage failingAt(String name, Interruption interruption) {
    LocalStorage storage = new LocalStorage();
    boolean[] interrupted = new boolean[1];
    return (Storage)
        Proxy.newProxyInstance(
            Storage.class.getClassLoader(),
            new Class<?>[] {Storage.class},
            (proxy, method, arguments) -> {
              boolean here =
                  method.getName().equals("create") && arguments[0].toString().endsWith("/" + name);
              if (method.getName().equals("create")) {
                created.add(arguments[0].toString().replaceFirst(".*/", ""));
              }
              if (here || (interrupted[0] && interruption == Interruption.CRASH)) {
                interrupted[0] = true;
                throw new IOException("interrupted at " + method.getName());
              }
              try {
                return method.invoke(storage, arguments);
              } catch (InvocationTargetException failure) {
                throw failure.getCause();
              }
            });
  }

  private MergeResult merge(Storage storage, MergeRequest request) {
    created.clear();
    try (MergeRunner runner =
        new MergeRunner(new MemoryBudget(128 << 20), storage, Tuning.of(1), 1)) {
      return runner.run(request, null, RunMode.MERGE);
    }
  }

  private MergeResult merge(MergeRequest request) {
    return merge(failingAt("nowhere", Interruption.FAILURE), request);
  }

  private void interrupt(String name, Interruption interruption, MergeRequest request) {
    assertThatThrownBy(() -> merge(failingAt(name, interruption), request))
        .isInstanceOf(MergeException.InputOutput.class);
  }

  /** Returns the bytes of the target's data files. */
  private Map<String, String> data() throws IOException {
    Map<String, String> data = new TreeMap<>();
    try (Stream<Path> files = Files.list(people.target())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        data.put(
            file.getFileName().toString(),
            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return data;
  }

  /** Returns the names of staging areas that are left. */
  private List<Path> areas() throws IOException {
    Path home = people.target().resolve("_keymerge");
    if (!Files.exists(home)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(home)) {
      return entries.filter(path -> path.getFileName().toString().length() == 36).toList();
    }
  }

  private Map<String, String> uninterrupted() throws IOException {
    People other = new People(Files.createDirectories(directory.resolve("other")));
    other.storeThreeFiles();
    People.merge(
        other
            .request(Source.parquet(directory.resolve("changes.parquet")))
            .rowGroupRows(1)
            .maxFileRows(1)
            .build());
    People mine = people;
    people = other;
    try {
      return data();
    } finally {
      people = mine;
    }
  }

  @Test
  void aCrashedMergeGoesOnAfterItsLastFinishedFile() throws IOException {
    interrupt("successor-2.staged", Interruption.CRASH, request().build());
    assertThat(areas()).hasSize(1);

    MergeResult result = merge(request().resume().build());

    assertThat(result.filesResumed()).isEqualTo(2);
    assertThat(created).contains("successor-2.staged", "new-0.staged");
    assertThat(created).doesNotContain("successor-0.staged", "successor-1.staged");
    assertThat(result.updated()).isEqualTo(3);
    assertThat(result.inserted()).isEqualTo(3);
    assertThat(result.filesRewritten()).isEqualTo(3);
    assertThat(data()).isEqualTo(uninterrupted());
    assertThat(areas()).isEmpty();
  }

  @Test
  void resumingWritesOnlyWhatWasNotFinished() throws IOException {
    MergeRequest request = request().resume().build();
    interrupt("new-1.staged", Interruption.FAILURE, request);
    long finished;
    try (Stream<Path> files = Files.list(areas().get(0))) {
      finished =
          files
              .filter(file -> file.toString().endsWith(".staged"))
              .mapToLong(file -> file.toFile().length())
              .sum();
    }

    MergeResult result = merge(request);

    assertThat(result.filesResumed()).isEqualTo(4);
    assertThat(created).contains("new-1.staged", "new-2.staged");
    assertThat(created).doesNotContain("successor-0.staged", "new-0.staged");
    Map<String, String> expected = uninterrupted();
    assertThat(data()).isEqualTo(expected);
    long all = expected.values().stream().mapToLong(String::length).sum();
    assertThat(result.bytesWritten()).isEqualTo(all - finished);
    assertThat(result.bytesCopied()).isBetween(0L, result.bytesWritten());
    assertThat(areas()).isEmpty();
  }

  @Test
  void whatAMergeThatMeansToResumeLeavesIsFinishedFilesAlone() throws IOException {
    interrupt("successor-1.staged", Interruption.FAILURE, request().resume().build());

    assertThat(areas()).hasSize(1);
    try (Stream<Path> files = Files.list(areas().get(0))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("owner", "resume", "successor-0.staged");
    }
  }

  @Test
  void aMergeThatDoesNotMeanToResumeLeavesNothing() throws IOException {
    DirectoryState before = DirectoryState.of(people.target());
    interrupt("successor-1.staged", Interruption.FAILURE, request().build());

    assertThat(DirectoryState.of(people.target())).isEqualTo(before);
  }

  @Test
  void aMergeThatDoesNotResumeSweepsWhatACrashLeft() throws IOException {
    interrupt("successor-2.staged", Interruption.CRASH, request().build());

    MergeResult result = merge(request().build());

    assertThat(result.filesResumed()).isZero();
    assertThat(created).contains("successor-0.staged");
    assertThat(data()).isEqualTo(uninterrupted());
    assertThat(areas()).isEmpty();
  }

  @Test
  void aMergeOfAnotherRequestStartsAnew() throws IOException {
    interrupt("successor-2.staged", Interruption.CRASH, request().build());

    MergeResult result = merge(request().rowGroupRows(2).resume().build());

    assertThat(result.filesResumed()).isZero();
    assertThat(result.updated()).isEqualTo(3);
    assertThat(areas()).isEmpty();
  }

  @Test
  void aMergeOfAnotherSourceStartsAnew() throws IOException {
    interrupt("successor-2.staged", Interruption.CRASH, request().build());
    people.changes("1 ann 98", "5 eva 99", "9 ida 99", "20 new 1", "21 new 2", "22 new 3");

    MergeResult result = merge(request().resume().build());

    assertThat(result.filesResumed()).isZero();
    assertThat(People.lines(people.file("a.parquet"))).contains("1 ann 98");
    assertThat(areas()).isEmpty();
  }

  @Test
  void aMergeIntoAChangedTargetStartsAnew() throws IOException {
    interrupt("successor-2.staged", Interruption.CRASH, request().build());
    people.store(people.file("d.parquet"), "50 zed 1");

    MergeResult result = merge(request().resume().build());

    assertThat(result.filesResumed()).isZero();
    assertThat(result.targetRowsAfter()).isEqualTo(16);
    assertThat(areas()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Interruption.class)
  void aMergeThatKeepsThePreviousVersionGoesOnToo(Interruption interruption) throws IOException {
    MergeRequest request = request().resume().keepPrevious(Duration.ofDays(1)).build();
    interrupt("journal.tmp", interruption, request);

    MergeResult result = merge(request);

    assertThat(result.filesResumed()).isEqualTo(6);
    assertThat(data()).isEqualTo(uninterrupted());
  }

  @Test
  void aLogThatWasCutOrDamagedCostsWorkOnly() throws IOException {
    interrupt("new-0.staged", Interruption.CRASH, request().build());
    Path log = areas().get(0).resolve("resume");
    byte[] bytes = Files.readAllBytes(log);
    int secondFile = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("successor-1");
    bytes[secondFile] ^= 1;
    Files.write(log, bytes);

    MergeResult result = merge(request().resume().build());

    assertThat(result.filesResumed()).isEqualTo(1);
    assertThat(data()).isEqualTo(uninterrupted());
  }

  @Test
  void aFinishedFileThatSomeoneTouchedIsWrittenAgain() throws IOException {
    interrupt("successor-2.staged", Interruption.CRASH, request().build());
    Path staged = areas().get(0).resolve("successor-1.staged");
    byte[] bytes = Files.readAllBytes(staged);
    Files.delete(staged);
    Files.write(staged, bytes);

    MergeResult result = merge(request().resume().build());

    assertThat(result.filesResumed()).isEqualTo(1);
    assertThat(data()).isEqualTo(uninterrupted());
  }

  @Test
  void aGapAmongNewFilesIsFilled() throws IOException {
    interrupt("new-2.staged", Interruption.CRASH, request().build());
    Path staged = areas().get(0).resolve("new-0.staged");
    byte[] bytes = Files.readAllBytes(staged);
    Files.delete(staged);
    Files.write(staged, bytes);

    MergeResult result = merge(request().resume().build());

    assertThat(result.filesResumed()).isEqualTo(3);
    assertThat(created).contains("new-0.staged", "new-1.staged", "new-2.staged");
    assertThat(data()).isEqualTo(uninterrupted());
    assertThat(areas()).isEmpty();
  }

  @Test
  void aStreamIsResumedWhenItIsGivenAgain() throws IOException {
    interrupt("successor-2.staged", Interruption.CRASH, streamed(CHANGES).build());

    MergeResult result = merge(streamed(CHANGES).resume().build());

    assertThat(result.filesResumed()).isEqualTo(2);
    assertThat(result.inserted()).isEqualTo(3);
  }

  @Test
  void anotherStreamIsNotTakenForTheFirst() throws IOException {
    interrupt("successor-2.staged", Interruption.CRASH, streamed(CHANGES).build());

    MergeResult result = merge(streamed("1 ann 97", "5 eva 99", "9 ida 99").resume().build());

    assertThat(result.filesResumed()).isZero();
    assertThat(People.lines(people.file("a.parquet"))).contains("1 ann 97");
  }

  @Test
  void interruptedTwiceItStillGoesOn() throws IOException {
    interrupt("successor-1.staged", Interruption.CRASH, request().build());
    interrupt("successor-2.staged", Interruption.CRASH, request().resume().build());

    MergeResult result = merge(request().resume().build());

    assertThat(result.filesResumed()).isEqualTo(2);
    assertThat(data()).isEqualTo(uninterrupted());
    assertThat(areas()).isEmpty();
  }

  /** Returns a storage in which every {@code operation} after the commit point fails. */
  private static Storage failingAfterCommit(String operation, Supplier<Throwable> failure) {
    LocalStorage storage = new LocalStorage();
    boolean[] committed = new boolean[1];
    return (Storage)
        Proxy.newProxyInstance(
            Storage.class.getClassLoader(),
            new Class<?>[] {Storage.class},
            (proxy, method, arguments) -> {
              if (committed[0] && method.getName().equals(operation)) {
                throw failure.get();
              }
              try {
                Object result = method.invoke(storage, arguments);
                committed[0] |=
                    method.getName().equals("replace")
                        && arguments[0].toString().endsWith("/journal.tmp");
                return result;
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
            });
  }

  private void completesANewDirectory(String operation, Supplier<Throwable> failure)
      throws IOException {
    Path target = directory.resolve("fresh");
    MergeRequest request = request().target(target).resume().build();

    assertThatThrownBy(() -> merge(failingAfterCommit(operation, failure), request))
        .isInstanceOf(MergeException.OutcomeUnknown.class)
        .hasCauseInstanceOf(failure.get().getClass());
    try (MergeRunner runner =
        new MergeRunner(new MemoryBudget(128 << 20), new LocalStorage(), Tuning.of(1), 1)) {
      runner.recover(target.toString());
    }

    List<String> rows = new ArrayList<>();
    try (Stream<Path> files = Files.list(target)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        rows.addAll(People.lines(file));
      }
    }
    assertThat(rows).containsExactlyInAnyOrder(CHANGES);
  }

  @Test
  void aCommittedMergeThatCouldNotBeSyncedLosesNothing() throws IOException {
    completesANewDirectory("syncDirectory", () -> new IOException("not synced"));
  }

  @Test
  void aCommittedMergeThatCouldNotBeMovedLosesNothing() throws IOException {
    completesANewDirectory("replace", () -> new IOException("not moved"));
  }

  @Test
  void aCommittedMergeThatRunsOutOfMemoryIsNotReportedAsUndone() throws IOException {
    completesANewDirectory("replace", () -> new OutOfMemoryError("no memory to move"));
  }

  private MergeRequest.Builder streamed(String... rows) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<Object[]> values =
        Stream.of(rows)
            .map(row -> row.split(" "))
            .map(parts -> new Object[] {Long.valueOf(parts[0]), parts[1], Long.valueOf(parts[2])})
            .toList();
    ArrowTableWriter.write(bytes, People.SCHEMA, values, ArrowLayout.stream());
    return people
        .request(Source.arrowStream(new ByteArrayInputStream(bytes.toByteArray())))
        .rowGroupRows(1)
        .maxFileRows(1);
  }
}
