package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergePhase;
import dev.keymerge.Progress;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {
  private final RecordingShell shell = new RecordingShell();

  @Test
  void linesTellWhenAPhaseBeginsAndThenEveryTenSeconds() {
    try (ProgressDisplay display = ProgressDisplay.open(ProgressStyle.AUTO, shell.shell())) {
      display.onProgress(progress(MergePhase.PLANNING, 0, Progress.UNKNOWN, 0));
      display.onProgress(progress(MergePhase.MERGING_FILES, 10, 1_000, 1));
      display.onProgress(progress(MergePhase.MERGING_FILES, 20, 1_000, 2));
      display.onProgress(progress(MergePhase.MERGING_FILES, 900, 1_000, 11));
      display.onProgress(progress(MergePhase.DONE, 0, Progress.UNKNOWN, 12));
    }

    assertThat(shell.err().lines())
        .containsExactly(
            "Planning (0 ms, 1.0 MiB in use)",
            "Merging files: 10 of 1,000 rows (1.0 s, 1.0 MiB in use)",
            "Merging files: 900 of 1,000 rows (11.0 s, 1.0 MiB in use)");
  }

  @Test
  void jsonIsOneObjectPerLine() throws IOException {
    try (ProgressDisplay display = ProgressDisplay.open(ProgressStyle.JSON, shell.shell())) {
      display.onProgress(progress(MergePhase.READING_SOURCE, 5, Progress.UNKNOWN, 1));
      display.onProgress(progress(MergePhase.DONE, 0, 0, 2));
    }

    assertThat(shell.err().lines()).hasSize(2);
    assertThat(shell.err()).contains("\"phase\":\"reading_source\"").contains("\"rows_total\":-1");
    for (String line : shell.err().lines().toList()) {
      assertThat(JsonTest.names(line))
          .containsExactly(
              "phase",
              "rows_done",
              "rows_total",
              "files_done",
              "files_total",
              "bytes_read",
              "bytes_written",
              "memory_used_bytes",
              "memory_limit_bytes",
              "elapsed");
    }
  }

  @Test
  void aTerminalGetsOneBarPerPhaseAndALineEndAfterIt() {
    shell.onTerminal();
    try (ProgressDisplay display = ProgressDisplay.open(ProgressStyle.AUTO, shell.shell())) {
      display.onProgress(progress(MergePhase.READING_SOURCE, 5, Progress.UNKNOWN, 0));
      display.onProgress(progress(MergePhase.MERGING_FILES, 500, 1_000, 1));
      display.onProgress(progress(MergePhase.DONE, 0, Progress.UNKNOWN, 2));
    }

    assertThat(shell.err())
        .contains("\rReading source")
        .contains("\rMerging files")
        .contains("1,000 of 1,000 rows");
    assertThat(shell.err()).endsWith(System.lineSeparator());
    assertThat(shell.err().split("[\r\n]"))
        .allSatisfy(line -> assertThat(line.length()).isLessThan(80));
  }

  @Test
  void aBarIsAsWideAsTheTerminalAndNotWider() {
    shell.onTerminal().with("COLUMNS", "70").with("LANG", "C.UTF-8");
    try (ProgressDisplay display = ProgressDisplay.open(ProgressStyle.AUTO, shell.shell())) {
      display.onProgress(progress(MergePhase.MERGING_FILES, 250_000, 1_000_000, 1));
    }

    String[] drawn = shell.err().split("[\r\n]");
    assertThat(drawn[drawn.length - 1])
        .hasSizeLessThan(70)
        .startsWith("Merging files    25 %  \u2588")
        .contains("250,000 of 1,000,000 rows  ");
  }

  @Test
  void nothingIsShownAfterTheEnd() {
    for (ProgressStyle style : ProgressStyle.values()) {
      ProgressDisplay display = ProgressDisplay.open(style, shell.shell());
      display.close();
      String before = shell.err();
      display.onProgress(progress(MergePhase.MERGING_FILES, 1, 2, 3));
      assertThat(shell.err()).as(style.name()).isEqualTo(before);
    }
  }

  @Test
  void noneShowsNothing() {
    try (ProgressDisplay display = ProgressDisplay.open(ProgressStyle.NONE, shell.shell())) {
      display.onProgress(progress(MergePhase.MERGING_FILES, 1, 2, 3));
    }

    assertThat(shell.err()).isEmpty();
  }

  private static Progress progress(MergePhase phase, long rows, long total, int seconds) {
    return new Progress(
        phase,
        rows,
        total,
        0,
        Progress.UNKNOWN,
        0,
        0,
        1 << 20,
        1 << 30,
        Duration.ofSeconds(seconds));
  }
}
