package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.DatasetInfo;
import dev.keymerge.DatasetInfo.Advice;
import dev.keymerge.DatasetInfo.ColumnInfo;
import dev.keymerge.DatasetInfo.Coverage;
import dev.keymerge.DatasetInfo.FileInfo;
import dev.keymerge.DatasetInfo.KeyRange;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InspectionTextTest {
  @Test
  void totalsColumnsFilesAndAdviceAreShown() {
    DatasetInfo info = info(1, List.of(new Advice("Something was found.", "Do something.")));

    assertThat(InspectionText.of(info, false).lines())
        .containsExactly(
            "orders",
            "  100 rows, 1 file, 2 row groups, 4.0 KiB",
            "",
            "Columns",
            "  name      type       size  share  codec         bounds  page index  bloom",
            "  id (key)  int64   1.0 KiB   25 %  snappy, zstd  yes     some        no",
            "  name      binary  3.0 KiB   75 %  zstd          no      yes         no",
            "",
            "Files",
            "  path       rows     size  row groups  largest  codec  id",
            "  0.parquet   100  4.0 KiB           2  2.0 KiB  zstd   a long text that has ... .. 9",
            "",
            "Advice",
            "  - Something was found.",
            "    Do something.");
  }

  @Test
  void onlyTheFirstFilesAreShownUnlessAllAreAskedFor() {
    DatasetInfo info = info(25, List.of());

    assertThat(InspectionText.of(info, false))
        .contains("19.parquet", "and 5 more files; --all shows them", "Nothing to improve.")
        .doesNotContain("20.parquet");
    assertThat(InspectionText.of(info, true)).contains("24.parquet").doesNotContain("more file");
  }

  private static DatasetInfo info(int files, List<Advice> advice) {
    List<FileInfo> infos = new ArrayList<>();
    for (int file = 0; file < files; file++) {
      infos.add(
          new FileInfo(
              file + ".parquet",
              100,
              4_096,
              2,
              2_048,
              "",
              List.of("zstd"),
              Coverage.ALL,
              Coverage.ALL,
              Coverage.NONE,
              List.of(new KeyRange("id", "a long text that has to be shortened", "9", 0))));
    }
    List<ColumnInfo> columns =
        List.of(
            new ColumnInfo(
                "id",
                "INT64",
                List.of("snappy", "zstd"),
                1_024,
                2_000,
                Coverage.ALL,
                Coverage.SOME,
                Coverage.NONE),
            new ColumnInfo(
                "name",
                "BINARY",
                List.of("zstd"),
                3_072,
                9_000,
                Coverage.NONE,
                Coverage.ALL,
                Coverage.NONE));
    return new DatasetInfo("orders", List.of("id"), 100L * files, 4_096, 2, columns, infos, advice);
  }
}
