package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.cli.KeymergeProcess.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs merges as processes that meet each other, are stopped, killed and taken back.
 *
 * <p>The target holds the keys 0 to 19 in two files. A merge from standard input holds it for as
 * long as its stream has no end.
 */
class InterruptedProcessTest {
  @TempDir private Path directory;
  private NamedRows data = new NamedRows(Path.of(""));
  private Path target = data.target();
  private Path source = data.source();

  @BeforeEach
  void writeTargetAndSource() throws IOException {
    data = NamedRows.write(directory);
    target = data.target();
    source = data.source();
  }

  @Test
  void aSecondMergeIsToldWhoHoldsTheTarget() throws Exception {
    try (KeymergeProcess first = holding()) {
      Outcome second = merge("--json");

      assertThat(second.exitCode()).as(second.err()).isEqualTo(5);
      assertThat(second.err())
          .contains("is in use: process " + first.pid() + " ", " has held it since ", "--wait");
      assertThat(second.out()).contains("\"kind\" : \"conflict\"", "\"exit_code\" : 5");
      assertThat(data.run("undo", target.toString()).exitCode()).isEqualTo(5);
    }
  }

  @Test
  void aPatientMergeComesAfterTheFirst() throws Exception {
    try (KeymergeProcess first = holding();
        KeymergeProcess second = data.startMerge(source.toString(), "--wait", "1m")) {
      second.awaitError("Waiting");
      byte[] stream = arrowStream();
      first.input().write(stream, stream.length - 8, 8);
      first.input().close();
      assertThat(first.await().exitCode()).isZero();

      Outcome outcome = second.await();
      assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    }
    assertThat(data.names())
        .hasSize(30)
        .containsEntry(15L, "new 15")
        .containsEntry(29L, "first 29");
    assertThat(
            data.run("history", target.toString()).out().lines().filter(l -> l.contains("upsert")))
        .hasSize(2);
  }

  @Test
  void theLockOfAKilledProcessIsTakenOver() throws Exception {
    try (KeymergeProcess first = holding()) {
      first.kill();
      first.await();
    }
    assertThat(Files.exists(target.resolve("_keymerge/lock"))).isTrue();
    leaveStaging();

    Outcome second = merge();

    assertThat(second.exitCode()).as(second.err()).isZero();
    assertThat(second.err()).contains("what an interrupted merge had left was removed");
    assertThat(data.names()).hasSize(25);
    assertThat(staging()).isEmpty();
  }

  @Test
  void recoverRemovesWhatAKilledMergeLeft() throws Exception {
    try (KeymergeProcess first = holding()) {
      first.kill();
      first.await();
    }
    leaveStaging();
    Outcome first = data.run("recover", target.toString(), "--json");
    Outcome second = data.run("recover", target.toString());

    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.err()).contains("Took back what an interrupted merge had left");
    assertThat(first.out()).contains("\"outcome\" : \"taken_back\"");
    assertThat(second.err()).contains("No merge into " + target + " was interrupted.");
    assertThat(second.out()).isEmpty();
    assertThat(Files.exists(target.resolve("_keymerge"))).isFalse();
  }

  @Test
  void interruptedByCtrlCItLeavesNoTrace() throws Exception {
    try (KeymergeProcess process = holding()) {
      long start = System.nanoTime();
      process.interrupt();
      Outcome outcome = process.await();

      assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(130);
      assertThat(outcome.err()).contains("keymerge: ").doesNotContain("\tat ");
      assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    }
    assertThat(Files.exists(target.resolve("_keymerge"))).isFalse();
    assertThat(data.names()).hasSize(20).containsEntry(15L, "old 15");
  }

  @Test
  void whoWaitsCanBeStopped() throws Exception {
    try (KeymergeProcess first = holding();
        KeymergeProcess second = data.startMerge(source.toString(), "--wait", "1h")) {
      second.awaitError("Waiting");
      second.terminate();

      assertThat(second.await().exitCode()).isEqualTo(130);
    }
  }

  @Test
  void aMergeCanBeTakenBackWhileItsPreviousVersionIsKept() throws Exception {
    assertThat(merge("--keep-previous", "1h").exitCode()).isZero();
    assertThat(data.names()).hasSize(25);

    Outcome undo = data.run("undo", target.toString(), "--json");

    assertThat(undo.exitCode()).as(undo.err()).isZero();
    assertThat(undo.err())
        .contains("Took back merge ", " into " + target, "files restored 1", "files removed  1");
    assertThat(undo.out()).contains("\"undone\" : {", "\"restored\" : [");
    assertThat(data.names()).hasSize(20).containsEntry(15L, "old 15");

    Outcome history = data.run("history", target.toString());
    assertThat(history.err()).isEmpty();
    assertThat(history.out()).contains("upsert", "undo of ");
    assertThat(JsonTest.names(data.run("history", target.toString(), "--json").out()))
        .containsExactly("target", "entries");
    assertThat(data.run("undo", target.toString()).exitCode()).isEqualTo(2);
  }

  @Test
  void withoutKeepingThereIsNothingToTakeBack() throws Exception {
    merge();

    Outcome undo = data.run("undo", target.toString());

    assertThat(undo.exitCode()).isEqualTo(2);
    assertThat(undo.err()).contains("--keep-previous");
    assertThat(data.names()).hasSize(25);
  }

  @Test
  void aTimeThatIsNoneIsRefused() throws Exception {
    assertThat(merge("--wait", "soon").err()).contains("Not a time for --wait: 'soon'.");
    assertThat(merge("--keep-previous", "5").exitCode()).isEqualTo(2);
  }

  /** Starts a merge that holds the target and waits for the end of its source. */
  private KeymergeProcess holding() throws Exception {
    KeymergeProcess process = data.startMerge("-", "--progress", "json");
    byte[] stream = arrowStream();
    process.input().write(stream, 0, stream.length - 8);
    process.input().flush();
    process.awaitError("\"phase\":\"reading_source\"");
    return process;
  }

  private static byte[] arrowStream() throws IOException {
    return NamedRows.arrowStream(NamedRows.rows(10, 30, "first"));
  }

  private Outcome merge(String... more) throws IOException, InterruptedException {
    return data.merge(source.toString(), more);
  }

  /** Makes what a merge leaves that was killed when it had begun to write. */
  private void leaveStaging() throws IOException {
    Path area =
        Files.createDirectory(target.resolve("_keymerge/0b9f3c1e-1111-2222-3333-444455556666"));
    Files.writeString(area.resolve("owner"), "");
    Files.writeString(area.resolve("successor-0.staged"), "PAR1");
  }

  private List<String> staging() throws IOException {
    try (Stream<Path> entries = Files.list(target.resolve("_keymerge"))) {
      return entries
          .map(path -> path.getFileName().toString())
          .filter(name -> name.length() == 36)
          .toList();
    }
  }
}
