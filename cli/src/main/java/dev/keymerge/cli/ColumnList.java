package dev.keymerge.cli;

import dev.keymerge.MergeException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads lists of column names as they are written on the command line.
 *
 * <p>Names are separated by commas. A name that holds a comma, a quote or spaces at its ends stands
 * in double quotes, in which a quote is written twice: {@code id,"a,b","say ""hi"""}.
 */
final class ColumnList {
  private final String option;
  private final String text;
  private final List<String> names = new ArrayList<>();
  private int position;

  private ColumnList(String option, String text) {
    this.option = option;
    this.text = text;
  }

  /**
   * Returns the names in {@code texts}, in order.
   *
   * @param option the option that they were given to, for messages
   * @throws MergeException.InvalidRequest if a name is empty or a quote is left open
   */
  static List<String> parse(String option, List<String> texts) {
    List<String> names = new ArrayList<>();
    for (String text : texts) {
      names.addAll(new ColumnList(option, text).parse());
    }
    return names;
  }

  private List<String> parse() {
    while (true) {
      names.add(position < text.length() && text.charAt(position) == '"' ? quoted() : plain());
      if (position == text.length()) {
        return names;
      }
      if (text.charAt(position) != ',') {
        throw invalid("something follows a closing quote");
      }
      position++;
    }
  }

  private String plain() {
    int comma = text.indexOf(',', position);
    int end = comma < 0 ? text.length() : comma;
    String name = text.substring(position, end).trim();
    position = end;
    if (name.isEmpty()) {
      throw invalid("a name is empty");
    }
    return name;
  }

  private String quoted() {
    StringBuilder name = new StringBuilder();
    for (position++; position < text.length(); position++) {
      char character = text.charAt(position);
      if (character != '"') {
        name.append(character);
      } else if (position + 1 < text.length() && text.charAt(position + 1) == '"') {
        name.append('"');
        position++;
      } else {
        position++;
        return name.toString();
      }
    }
    throw invalid("a quote is left open");
  }

  private MergeException.InvalidRequest invalid(String why) {
    return new MergeException.InvalidRequest(
        "Not a list of column names: " + option + " '" + text + "' (" + why + ").",
        "Separate names by commas, and put a name with a comma in double quotes: id,\"a,b\".");
  }
}
