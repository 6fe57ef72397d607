package dev.keymerge.cli;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.MergeException;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads one of a few words, and lists them for help, completion and messages; case does not matter.
 */
final class Choice {
  private Choice() {}

  /**
   * Returns the constant that {@code text} names.
   *
   * @param option the option that it was given to, for messages
   * @throws MergeException.InvalidRequest if there is no such constant
   */
  static <E extends Enum<E>> E parse(String option, Class<E> type, String text) {
    for (E constant : type.getEnumConstants()) {
      if (word(constant).equalsIgnoreCase(text.trim())) {
        return constant;
      }
    }
    throw new MergeException.InvalidRequest(
        "Unknown value for " + option + ": '" + text + "'.",
        "Use one of: " + String.join(", ", words(type)) + ".");
  }

  /** Returns the words for the constants of {@code type}, in their order. */
  static <E extends Enum<E>> List<String> words(Class<E> type) {
    List<String> words = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      words.add(word(constant));
    }
    return words;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Lists the strategies for completion. */
  static final class Strategies extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Strategies() {
      super(words(Strategy.class));
    }
  }

  /** Lists the duplicate policies for completion. */
  static final class DuplicatePolicies extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    DuplicatePolicies() {
      super(words(DuplicatePolicy.class));
    }
  }

  /** Lists the null key policies for completion. */
  static final class NullKeyPolicies extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    NullKeyPolicies() {
      super(words(NullKeyPolicy.class));
    }
  }

  /** Lists the styles of progress for completion. */
  static final class ProgressStyles extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    ProgressStyles() {
      super(words(ProgressStyle.class));
    }
  }

  /** Lists the formats of a source for completion. */
  static final class SourceFormats extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    SourceFormats() {
      super(words(SourceFormatName.class));
    }
  }
}
