package dev.keymerge.cli;

import dev.keymerge.DatasetInfo;
import dev.keymerge.DatasetInfo.Advice;
import dev.keymerge.DatasetInfo.ColumnInfo;
import dev.keymerge.DatasetInfo.Coverage;
import dev.keymerge.DatasetInfo.FileInfo;
import dev.keymerge.DatasetInfo.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows the description of a dataset to people: totals, columns, files, advice. */
final class InspectionText {
  private static final int FILES_SHOWN = 20;
  private static final int BOUND_LENGTH = 24;

  private final DatasetInfo info;
  private final List<String> lines = new ArrayList<>();

  private InspectionText(DatasetInfo info) {
    this.info = info;
  }

  /**
   * Returns the text, several lines without a line end at the end; {@code all} shows every file.
   */
  static String of(DatasetInfo info, boolean all) {
    InspectionText text = new InspectionText(info);
    text.totals();
    text.columns();
    text.files(all ? Integer.MAX_VALUE : FILES_SHOWN);
    text.advice();
    return String.join(System.lineSeparator(), text.lines);
  }

  private void totals() {
    lines.add(info.target());
    lines.add(
        "  "
            + String.join(
                ", ",
                Amounts.count(info.rows(), "row"),
                Amounts.count(info.files().size(), "file"),
                Amounts.count(info.rowGroups(), "row group"),
                Amounts.bytes(info.bytes())));
  }

  private void columns() {
    heading("Columns");
    TextTable table =
        new TextTable("name", "type", ">size", ">share", "codec", "bounds", "page index", "bloom");
    long whole = 0;
    for (ColumnInfo column : info.columns()) {
      whole += column.compressedBytes();
    }
    for (ColumnInfo column : info.columns()) {
      table.add(
          column.name() + (info.keyColumns().contains(column.name()) ? " (key)" : ""),
          column.type().toLowerCase(Locale.ROOT),
          Amounts.bytes(column.compressedBytes()),
          Amounts.share(column.compressedBytes(), whole),
          String.join(", ", column.codecs()),
          word(column.statistics()),
          word(column.pageIndex()),
          word(column.bloomFilter()));
    }
    lines.addAll(table.lines());
  }

  private void files(int shown) {
    heading("Files");
    List<String> heads =
        new ArrayList<>(List.of("path", ">rows", ">size", ">row groups", ">largest", "codec"));
    heads.addAll(info.keyColumns());
    TextTable table = new TextTable(heads.toArray(new String[0]));
    for (FileInfo file : info.files().subList(0, Math.min(shown, info.files().size()))) {
      List<String> cells =
          new ArrayList<>(
              List.of(
                  file.path(),
                  Amounts.count(file.rows()),
                  Amounts.bytes(file.bytes()),
                  Amounts.count(file.rowGroups()),
                  Amounts.bytes(file.largestRowGroupBytes()),
                  String.join(", ", file.codecs())));
      for (KeyRange range : file.keyRanges()) {
        cells.add(range(range));
      }
      table.add(cells.toArray(new String[0]));
    }
    lines.addAll(table.lines());
    int more = info.files().size() - shown;
    if (more > 0) {
      lines.add("  and " + Amounts.count(more, "more file") + "; --all shows them");
    }
  }

  private void advice() {
    heading("Advice");
    if (info.advice().isEmpty()) {
      lines.add("  Nothing to improve.");
    }
    for (Advice advice : info.advice()) {
      lines.add("  - " + advice.finding());
      lines.add("    " + advice.remedy());
    }
  }

  private void heading(String text) {
    lines.add("");
    lines.add(text);
  }

  private static String range(KeyRange range) {
    return range.least().isEmpty() && range.greatest().isEmpty()
        ? "unknown"
        : shorten(range.least()) + " .. " + shorten(range.greatest());
  }

  private static String shorten(String bound) {
    return bound.length() <= BOUND_LENGTH ? bound : bound.substring(0, BOUND_LENGTH - 3) + "...";
  }

  private static String word(Coverage coverage) {
    return switch (coverage) {
      case ALL -> "yes";
      case SOME -> "some";
      case NONE -> "no";
    };
  }
}
