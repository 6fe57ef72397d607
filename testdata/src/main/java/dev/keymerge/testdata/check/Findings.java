package dev.keymerge.testdata.check;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Notes what is untrue about one place in a file. Places within it write to the same list.
 *
 * @param place which part of the file is looked at
 * @param violations where to note
 */
record Findings(String place, List<String> violations) {

  /** Gives the findings of a place within this one. */
  Findings of(String part) {
    return new Findings(place + ", " + part, violations);
  }

  /** Notes a contradiction between what the data shows and what the file says, if there is one. */
  boolean expect(String what, @Nullable Object shown, @Nullable Object said) {
    boolean agree = Objects.equals(shown, said);
    if (!agree) {
      note(what + " is " + shown + ", but the file says " + said);
    }
    return agree;
  }

  /** Notes a sentence. */
  void note(String sentence) {
    violations.add(place + ": " + sentence);
  }
}
