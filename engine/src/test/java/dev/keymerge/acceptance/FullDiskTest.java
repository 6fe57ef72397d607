package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.job.Tuning.Overflow;
import dev.keymerge.internal.job.Tuning.Pruning;
import dev.keymerge.internal.job.Tuning.Values;
import dev.keymerge.internal.key.ConstantHash;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.FaultyStorage;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StorageFault;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets the disk be full at every single write of what memory does not hold, one after the other:
 * keys, matches, values, sorted runs, staged sources and pages. The merge fails with a reason that
 * names the place, and the target is as it was; or it gets by and is right. What was spilled is
 * gone either way.
 */
class FullDiskTest {
  private static final long MEMORY_BYTES = 128 << 20;
  private static final int ROWS = 300;
  private static final int FILES = 3;

  /** Of so many writes one is also cut short instead of refused. */
  private static final int PARTIAL_STRIDE = 4;

  /** Memory for fewer keys than the source has. */
  private static final long FEW_BYTES = 6_000;

  /** Where a merge puts what it does not keep in memory, and will not publish. */
  private static final String SPILLED = ".*/_keymerge/[^/]+/(spill|source|[^/]+[.]pages).*";

  /** Says what goes to disk, and whose writes must have failed to prove it. */
  private enum Scene {
    SCATTERED_VALUES,
    KEYS,
    EQUAL_HASHES,
    PASSES,
    MATCHES,
    STREAM;

    private Tuning tuning() {
      return switch (this) {
        case SCATTERED_VALUES ->
            new Tuning(1, 8192, 0, Pruning.ON, Values.SCATTERED, new SeededKeyHash(1));
        case KEYS ->
            new Tuning(1, 50, 1, Pruning.ON, Values.AUTO, new SeededKeyHash(1))
                .withIndexBytes(FEW_BYTES)
                .withOverflow(Overflow.PARTITIONS);
        case EQUAL_HASHES ->
            new Tuning(1, 8192, 0, Pruning.OFF, Values.DIRECT, ConstantHash.ZERO)
                .withIndexBytes(FEW_BYTES)
                .withOverflow(Overflow.PARTITIONS);
        case PASSES ->
            new Tuning(1, 50, 1, Pruning.ON, Values.AUTO, new SeededKeyHash(1))
                .withIndexBytes(FEW_BYTES)
                .withOverflow(Overflow.PASSES);
        case MATCHES -> Tuning.of(1).withMatchBytes(1);
        case STREAM -> Tuning.of(1);
      };
    }

    private Set<String> writers() {
      return switch (this) {
        case SCATTERED_VALUES -> Set.of("ValueScatter", "RouteSorter", "Buckets");
        case KEYS -> Set.of("SpilledPartition", "SetAside", "PartitionJoin", "MatchBuckets");
        case EQUAL_HASHES -> Set.of("SpilledPartition", "RowSorter", "MatchBuckets");
        case PASSES -> Set.of("SpilledPartition", "MatchBuckets");
        case MATCHES -> Set.of("FileMatches");
        case STREAM -> Set.of("StagingWriter");
      };
    }
  }

  @TempDir private Path directory;

  private final Set<String> failed = new TreeSet<>();

  @ParameterizedTest
  @EnumSource
  void failsCleanlyOrGetsByAtEveryWriteOfSpilledData(Scene scene) throws IOException {
    FaultyStorage counting = new FaultyStorage(new LocalStorage());
    counting.count();
    People people = people("counted");
    MergeResult result = merge(scene, people, counting);
    assertThat(result.inserted()).isEqualTo(ROWS / 2);
    assertThat(result.updated()).isEqualTo(ROWS / 2);
    DirectoryState expected = DirectoryState.content(people.target());
    int spilled = 0;
    for (int number = 0; number < counting.operations().size(); number++) {
      String operation = counting.operations().get(number);
      if (operation.matches(SPILLED) && StorageFault.NO_SPACE.fits(counting.acts().get(number))) {
        failAt(scene, number, StorageFault.NO_SPACE, expected);
        spilled++;
        if (spilled % PARTIAL_STRIDE == 0
            && StorageFault.SHORT_WRITE.fits(counting.acts().get(number))) {
          failAt(scene, number, StorageFault.SHORT_WRITE, expected);
        }
      }
    }
    assertThat(spilled).as("writes among %s", counting.operations()).isPositive();
    assertThat(failed).containsAll(scene.writers());
  }

  private void failAt(Scene scene, int operation, StorageFault fault, DirectoryState expected)
      throws IOException {
    String what = scene + ", " + fault + " at operation " + operation;
    People people = people(fault + "-" + operation);
    DirectoryState before = DirectoryState.of(people.target());
    FaultyStorage storage = new FaultyStorage(new LocalStorage());
    storage.arm(operation, fault);
    try {
      merge(scene, people, storage);
      // A write that failed was made again; the disk had room by then.
      assertThat(DirectoryState.content(people.target())).as(what).isEqualTo(expected);
      assertThat(staged(people)).as(what).isEmpty();
    } catch (MergeException.InputOutput | MergeException.LimitExceeded failure) {
      assertThat(failure)
          .as(what)
          .hasMessageContaining("No space left")
          .hasMessageContaining(people.target().toString());
      assertThat(failure.remedy()).as(what).contains("space");
      assertThat(DirectoryState.of(people.target())).as(what).isEqualTo(before);
      addClasses(failure);
    }
    assertThat(storage.fired()).as(what).isEqualTo(1);
    Trees.delete(people.directory());
  }

  /** Takes note of who was at work when it failed. */
  private void addClasses(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      for (StackTraceElement frame : at.getStackTrace()) {
        String name = frame.getClassName().replaceAll("[$].*", "");
        failed.add(name.substring(name.lastIndexOf('.') + 1));
      }
    }
  }

  /** Returns what stands below the target that spilling or staging left there. */
  private static List<Path> staged(People people) throws IOException {
    try (Stream<Path> all = Files.walk(people.target())) {
      return all.filter(path -> path.toString().matches(SPILLED + "|.*[.]staged")).toList();
    }
  }

  private People people(String name) throws IOException {
    People people = new People(Files.createDirectory(directory.resolve(name)));
    for (int file = 0; file < FILES; file++) {
      int first = ROWS / FILES * file;
      people.store(
          people.file("part-" + file + ".parquet"),
          IntStream.range(first, first + ROWS / FILES)
              .mapToObj(row -> row + " name-" + row + " 20")
              .toArray(String[]::new));
    }
    return people;
  }

  private static MergeResult merge(Scene scene, People people, FaultyStorage storage)
      throws IOException {
    MemoryBudget budget = new MemoryBudget(MEMORY_BYTES);
    try (MergeRunner runner = new MergeRunner(budget, storage, scene.tuning(), 1)) {
      return runner.run(request(scene, people), null, RunMode.MERGE);
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }

  /** Updates every second row and inserts as many, in an order that is not the target's. */
  private static MergeRequest request(Scene scene, People people) throws IOException {
    String[] rows =
        IntStream.range(0, ROWS)
            .map(number -> number * 7 % ROWS * 2)
            .mapToObj(row -> row + " name-" + row + " 40")
            .toArray(String[]::new);
    return people.request(source(scene, people, rows)).build();
  }

  private static Source source(Scene scene, People people, String... rows) throws IOException {
    return switch (scene) {
      case STREAM -> {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ArrowTableWriter.write(bytes, People.SCHEMA, People.rows(rows), ArrowLayout.stream());
        yield Source.arrowStream(new ByteArrayInputStream(bytes.toByteArray()));
      }
      case SCATTERED_VALUES, KEYS, EQUAL_HASHES, PASSES, MATCHES -> people.changes(rows);
    };
  }
}
