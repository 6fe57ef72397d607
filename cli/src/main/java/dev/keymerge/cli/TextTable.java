package dev.keymerge.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Lays out rows of text in columns of equal width: the first column and those named so to the left,
 * numbers to the right.
 *
 * <p>Not thread-safe.
 */
final class TextTable {
  private static final String GAP = "  ";

  private final List<String> heads;
  private final List<Boolean> right;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * Creates a table with the heads of its columns; a head that starts with {@code >} aligns its
   * column to the right.
   */
  TextTable(String... heads) {
    List<String> names = new ArrayList<>();
    List<Boolean> aligned = new ArrayList<>();
    for (String head : heads) {
      aligned.add(head.startsWith(">"));
      names.add(head.startsWith(">") ? head.substring(1) : head);
    }
    this.heads = List.copyOf(names);
    this.right = List.copyOf(aligned);
  }

  /** Adds a row of as many cells as there are columns. */
  void add(String... cells) {
    if (cells.length != heads.size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + heads.size() + " columns");
    }
    rows.add(List.of(cells));
  }

  /** Returns the lines of the table, each indented by two spaces. */
  List<String> lines() {
    int[] widths = new int[heads.size()];
    measure(heads, widths);
    rows.forEach(row -> measure(row, widths));
    List<String> lines = new ArrayList<>();
    lines.add(line(heads, widths));
    rows.forEach(row -> lines.add(line(row, widths)));
    return lines;
  }

  private static void measure(List<String> cells, int[] widths) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], cells.get(i).length());
    }
  }

  private String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - cells.get(i).length());
      line.append(GAP);
      line.append(right.get(i) ? padding + cells.get(i) : cells.get(i) + padding);
    }
    return line.toString().stripTrailing();
  }
}
