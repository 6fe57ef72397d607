package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MergeSummaryTest {
  @Test
  void everythingThatHappenedIsTold() {
    assertThat(MergeSummary.of(Results.everyNumberDifferent(), "Merged", 256L << 20).lines())
        .containsExactly(
            "Merged",
            "  before that   what an interrupted merge had left was removed",
            "  resumed       29 files had been finished already",
            "  source rows          1,001  2 of them lost to another with the same key",
            "  inserted                 3",
            "  updated              4,004",
            "  deleted                  6",
            "  unchanged                5  matched, and equal already",
            "  stale                    7  matched, but the stored row is newer",
            "  ignored                  8  with nothing to do",
            "  target rows   9,000 -> 8,997",
            "  files         13 rewritten, 14 added, 15 removed,"
                + " 16 left as they were (12 without reading any key)",
            "  written       2.0 KiB for a target of 6.0 KiB, 25 % of it copied without decoding",
            "  keys          more than memory holds: 240 parts of them joined on disk",
            "  memory        peak 128.0 MiB of 256.0 MiB, 25 B spilled",
            "  time          1.5 s  (plan 5 ms, commit 1.3 s)");
  }

  @Test
  void whatDidNotHappenIsLeftOut() {
    assertThat(MergeSummary.of(Results.nothingToDo(), "Merged", 256L << 20).lines())
        .containsExactly(
            "Merged",
            "  source rows             10",
            "  inserted                 0",
            "  updated                  0",
            "  deleted                  0",
            "  unchanged               10  matched, and equal already",
            "  target rows   50 -> 50",
            "  files         3 left as they were (2 without reading any key)",
            "  memory        peak engine 1.0 MiB of 256.0 MiB",
            "  time          12 ms");
  }
}
