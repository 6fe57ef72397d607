package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Strategy;
import dev.keymerge.UpdateColumns;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.storage.LocalStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Merges single values that are larger than memory. Only one that has to be taken into memory
 * matters, which shows when keys are compared; so a merge is refused when it meets such a value,
 * and not for having one in a file.
 */
class LongValueTest {
  /** From here on nothing is refused beforehand for want of room to encode. */
  private static final long HEAP_BYTES = 44 << 20;

  private static final long NATIVE_BYTES = 16 << 20;
  private static final String LONG_NAME = "x".repeat(48 << 20);

  private static final int ROOMY_BYTES = 4 << 20;

  @TempDir private Path directory;

  private final MemoryBudget budget =
      new MemoryBudget(PoolLimits.separate(HEAP_BYTES, NATIVE_BYTES));
  private People people;

  @BeforeEach
  void storePeople() throws IOException {
    people = new People(directory);
    people.storeThreeFiles();
  }

  @Test
  void aValueThatHasToBeWrittenIsRefusedAndTheTargetStaysAsItWas() throws IOException {
    for (String id : List.of("3", "100")) {
      MergeRequest request =
          people.request(people.changes("1 ann 99", id + " " + LONG_NAME + " 50")).build();
      DirectoryState before = DirectoryState.of(people.target());

      assertThatThrownBy(() -> merge(request))
          .as("id %s", id)
          .isInstanceOfSatisfying(
              MergeException.LimitExceeded.class,
              refusal -> {
                assertThat(refusal).hasMessageContaining("needs").hasMessageContaining("MiB");
                assertThat(refusal.remedy()).contains("--memory");
              });

      assertThat(DirectoryState.of(people.target())).isEqualTo(before);
      assertThat(budget.usedBytes()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "100"})
  void aValueOfAnEleventhOfTheHeapHasRoom(String id) throws IOException {
    // Letters in random order, so that no page gets smaller than what it holds.
    String name =
        new Random(1)
            .ints(ROOMY_BYTES, 'a', 'z' + 1)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();

    merge(people.request(people.changes("1 ann 99", id + " " + name + " 50")).build());

    List<String> rows = new ArrayList<>();
    for (String file : people.names()) {
      rows.addAll(People.lines(people.file(file)));
    }
    assertThat(rows.contains("1 ann 99")).isTrue();
    assertThat(rows.contains(id + " " + name + " 50")).isTrue();
    assertThat(budget.usedBytes()).isZero();
  }

  /** The value is compressed to nothing, so that only decoded it is large. */
  @Test
  void aValueThatIsCarriedOverIsChargedWithAllItsCopies() throws IOException {
    String name = "x".repeat(20 << 20);
    people.store(people.file("d.parquet"), "13 " + name + " 42", "14 mia 43");
    DirectoryState before = DirectoryState.of(people.target());

    assertThatThrownBy(() -> merge(people.request(people.changes("14 mio 43")).build()))
        .isInstanceOf(MergeException.LimitExceeded.class)
        .hasMessageContaining("column encoder: needs");

    assertThat(DirectoryState.of(people.target())).isEqualTo(before);
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void aValueOfASourceRowThatIsIgnoredIsNoHindrance() throws IOException {
    MergeResult result =
        merge(
            people
                .request(people.changes("1 ann 99", "100 " + LONG_NAME + " 50"))
                .strategy(Strategy.UPDATE)
                .build());

    assertThat(result.updated()).isEqualTo(1);
    assertThat(result.ignored()).isEqualTo(1);
  }

  @Test
  void aValueOfTheTargetIsCopiedWithItsColumn() throws IOException {
    people.store(people.file("d.parquet"), "13 " + LONG_NAME + " 42", "14 mia 43");

    MergeResult result =
        merge(
            people
                .request(people.changes("14 mia 99"))
                .updateColumns(UpdateColumns.only(List.of("age")))
                .build());

    assertThat(result.updated()).isEqualTo(1);
    assertThat(budget.usedBytes()).isZero();
  }

  private MergeResult merge(MergeRequest request) {
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), Tuning.of(1), 1)) {
      return runner.run(request, null, RunMode.MERGE);
    }
  }
}
