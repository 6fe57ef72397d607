package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest.NameMatching;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds columns of one side by the names that the user or the other side has for them.
 *
 * <p>Immutable and thread-safe.
 *
 * @param side what the columns belong to, for messages: {@code source} or {@code target}
 * @param names all column names of that side
 * @param matching whether upper and lower case matter
 */
record ColumnNames(String side, List<String> names, NameMatching matching) {
  private static final int SUGGESTIONS = 3;

  /** Checks that no name stands twice, which would leave open which column is meant. */
  ColumnNames {
    for (int i = 0; i < names.size(); i++) {
      if (names.indexOf(names.get(i)) != i) {
        throw new MergeException.BadData(
            "The " + side + " has two columns named '" + names.get(i) + "'.",
            "Rename one of them.");
      }
    }
  }

  /**
   * Returns the column that {@code name} means, or null if there is none.
   *
   * @throws MergeException.BadData if case does not matter and several columns fit
   */
  @Nullable String find(String name) {
    if (matching == NameMatching.EXACT) {
      return names.contains(name) ? name : null;
    }
    String found = null;
    for (String candidate : names) {
      if (candidate.equalsIgnoreCase(name)) {
        if (found != null) {
          throw new MergeException.BadData(
              "Column '"
                  + name
                  + "' fits both '"
                  + found
                  + "' and '"
                  + candidate
                  + "' of the "
                  + side
                  + ".",
              "Rename one of them, or match names exactly.");
        }
        found = candidate;
      }
    }
    return found;
  }

  /** Returns the column that {@code name} means, which the user gave as {@code role}. */
  String require(String name, String role) {
    String found = find(name);
    if (found == null) {
      throw new MergeException.BadData(
          "The " + side + " has no column '" + name + "' (" + role + ").", remedy(name));
    }
    return found;
  }

  /** Returns what a user can do about a column that is not there. */
  String remedy(String name) {
    for (String candidate : names) {
      if (candidate.equalsIgnoreCase(name)) {
        return "Column names match to the letter: did you mean '"
            + candidate
            + "'? Or ask to ignore case (--ignore-case).";
      }
    }
    List<String> nearest = new ArrayList<>(names);
    nearest.sort(Comparator.comparingInt(candidate -> distance(candidate, name)));
    String shown = String.join(", ", nearest.subList(0, Math.min(SUGGESTIONS, nearest.size())));
    return nearest.isEmpty()
        ? "The " + side + " has no columns at all."
        : "Check the name. Nearest columns of the " + side + ": " + shown + ".";
  }

  /** Returns the edit distance between two names, case aside. */
  private static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitute, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
