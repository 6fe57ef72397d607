package dev.keymerge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Checks what no compiler sees: how long classes are, and that documents name things that exist.
 */
class RepositoryTest {
  private static final int LONGEST_CLASS = 500;

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final List<String> MODULES = List.of("engine", "cli", "bench", "testdata");

  /**
   * A decision that lets a class be longer: a list item that starts with its file name, and goes on
   * with the reason.
   */
  private static final Pattern ALLOWED_LENGTH = Pattern.compile("(?m)^- `(\\w+\\.java)`: \\S.*$");

  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```");
  private static final Pattern QUOTED = Pattern.compile("`([^`\n]+)`");
  private static final Pattern QUALIFIED = Pattern.compile("\\bdev\\.keymerge(?:\\.\\w+)*");
  private static final Pattern TYPE_FIRST =
      Pattern.compile("@?([A-Z]\\w*[a-z]\\w*)(?:[.#(<].*)?", Pattern.DOTALL);
  private static final Pattern PATH = Pattern.compile("[\\w.-]+(?:/[\\w.*-]+)*/?");
  private static final Pattern DECLARATION =
      Pattern.compile("\\b(?:class|interface|record|enum)\\s+([A-Z]\\w*)");

  @Test
  void noClassIsTooLong() throws IOException {
    Set<String> allowed = new TreeSet<>();
    for (Path decision : files(ROOT.resolve("docs/decisions"), ".md")) {
      ALLOWED_LENGTH
          .matcher(Files.readString(decision))
          .results()
          .forEach(r -> allowed.add(r.group(1)));
    }
    Set<String> tooLong = new TreeSet<>();
    for (Path source : sources()) {
      if (Files.readAllLines(source).size() > LONGEST_CLASS) {
        tooLong.add(source.getFileName().toString());
      }
    }

    assertThat(tooLong)
        .as(
            "classes of more than %d lines: split them, or give a reason in docs/decisions",
            LONGEST_CLASS)
        .isSubsetOf(allowed);
    assertThat(allowed)
        .as("long classes that docs/decisions excuses without need")
        .isSubsetOf(tooLong);
  }

  /**
   * The rule for {@code ARCHITECTURE.md}: a quoted word that starts like a Java type is a type of
   * ours, or is written with its package if it is not; whatever starts with our root package is a
   * package or a type; a quoted path whose first part stands at the top of the repository exists.
   */
  @Test
  void theArchitecturePageNamesWhatExists() throws IOException {
    String page = Files.readString(ROOT.resolve("ARCHITECTURE.md"));
    Set<String> types = new TreeSet<>();
    Set<String> packages = new TreeSet<>();
    for (Path source : sources()) {
      String text = Files.readString(source);
      DECLARATION.matcher(text).results().forEach(declaration -> types.add(declaration.group(1)));
      addWithParents(packages, packageOf(text));
    }

    Set<String> unknown = new TreeSet<>();
    for (String name : all(QUALIFIED, page)) {
      int lastDot = name.lastIndexOf('.');
      boolean isType =
          types.contains(name.substring(lastDot + 1))
              && packages.contains(name.substring(0, lastDot));
      if (!packages.contains(name) && !isType) {
        unknown.add(name);
      }
    }
    for (String quoted : all(QUOTED, FENCE.matcher(page).replaceAll(""))) {
      String content = quoted.substring(1, quoted.length() - 1);
      Matcher type = TYPE_FIRST.matcher(content);
      if (PATH.matcher(content).matches() && startsAtTheTop(content)) {
        if (!content.contains("*") && Files.notExists(ROOT.resolve(content))) {
          unknown.add(content);
        }
      } else if (type.matches() && !types.contains(type.group(1))) {
        unknown.add(content);
      }
    }

    assertThat(unknown).as("names in ARCHITECTURE.md that nothing bears").isEmpty();
  }

  private static boolean startsAtTheTop(String path) {
    return Files.exists(ROOT.resolve(path.split("/", 2)[0]));
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(MatchResult::group).toList();
  }

  private static String packageOf(String source) {
    Matcher matcher = Pattern.compile("(?m)^package ([\\w.]+);").matcher(source);
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  private static void addWithParents(Set<String> packages, String name) {
    for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
      packages.add(name.substring(0, end));
    }
  }

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String module : MODULES) {
      sources.addAll(files(ROOT.resolve(module).resolve("src"), ".java"));
    }
    assertThat(sources).isNotEmpty();
    return sources;
  }

  private static List<Path> files(Path directory, String ending) throws IOException {
    if (Files.notExists(directory)) {
      return List.of();
    }
    try (Stream<Path> tree = Files.walk(directory)) {
      return tree.filter(file -> file.toString().endsWith(ending)).collect(Collectors.toList());
    }
  }
}
