package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void textStandsLeftAndNumbersRight() {
    TextTable table = new TextTable("file", ">rows", "note");
    table.add("a", "1,000", "");
    table.add("longer", "7", "x");

    assertThat(table.lines())
        .containsExactly("  file     rows  note", "  a       1,000", "  longer      7  x");
  }

  @Test
  void aRowWithTooFewCellsIsAFault() {
    TextTable table = new TextTable("a", "b");

    assertThatThrownBy(() -> table.add("x")).isInstanceOf(IllegalArgumentException.class);
  }
}
