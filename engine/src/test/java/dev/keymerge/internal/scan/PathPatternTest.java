package dev.keymerge.internal.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathPatternTest {
  private static final List<String> FILES =
      List.of(
          "a.parquet",
          "b.parquet",
          "c1.parquet",
          "c2.parquet",
          "c22.parquet",
          "_hidden.parquet",
          ".hidden.parquet",
          "with space, and comma.parquet",
          "\u00fcber.parquet",
          "x.y+z(1).parquet",
          "[odd].parquet",
          "deep/a.parquet",
          "deep/er/a.parquet",
          "deep/er/z.csv",
          "_temporary/a.parquet");

  @TempDir private Path directory;

  @BeforeEach
  void makeFiles() throws IOException {
    for (String file : FILES) {
      Path path = directory.resolve(file);
      Files.createDirectories(path.getParent());
      Files.createFile(path);
    }
  }

  private List<String> matches(String pattern) throws IOException {
    LocalStorage storage = new LocalStorage();
    StoragePath root = storage.resolve(directory.toString());
    return new PathPattern(directory + "/" + pattern)
        .matches(storage).stream().map(status -> status.path().relativeTo(root)).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?.parquet | a.parquet;b.parquet",
        "c*.parquet | c1.parquet;c2.parquet;c22.parquet",
        "c?.parquet | c1.parquet;c2.parquet",
        "[ab].parquet | a.parquet;b.parquet",
        "[a-b].parquet | a.parquet;b.parquet",
        "[!a].parquet | b.parquet",
        "[^b].parquet | a.parquet",
        "{b,c1,missing}.parquet | b.parquet;c1.parquet",
        "{b,c{1,22}}.parquet | b.parquet;c1.parquet;c22.parquet",
        "{deep/a,b}.parquet | b.parquet;deep/a.parquet",
        "*/a.parquet | deep/a.parquet",
        "**/a.parquet | a.parquet;deep/a.parquet;deep/er/a.parquet",
        "deep/**/*.parquet | deep/a.parquet;deep/er/a.parquet",
        "deep/** | deep/a.parquet;deep/er",
        "deep/*/*.{csv,parquet} | deep/er/a.parquet;deep/er/z.csv",
        "_*.parquet | _hidden.parquet",
        ".*.parquet | .hidden.parquet",
        "with*comma.parquet | with space, and comma.parquet",
        "\u00fc*.parquet | \u00fcber.parquet",
        "x.y+z(?).parquet | x.y+z(1).parquet",
        "\\[odd\\].* | [odd].parquet",
        "[[]odd].parquet | [odd].parquet",
        "d*p/a.parquet | deep/a.parquet"
      })
  void findsWhatFits(String pattern, String expected) throws IOException {
    assertThat(matches(pattern)).isEqualTo(Arrays.asList(expected.split(";")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"z*.parquet", "missing/*.parquet", "a.parquet/*", "*/*/*/*", "[x].parquet"})
  void findsNothingWhereNothingFits(String pattern) throws IOException {
    assertThat(matches(pattern)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[ab.parquet", "{a,b.parquet", "[!].parquet"})
  void refusesAnOpenBracket(String pattern) {
    assertThatThrownBy(() -> matches(pattern))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("does not close");
  }

  @Test
  void knowsPatternsFromPaths() {
    assertThat(PathPattern.isPattern("a/b c,d.parquet")).isFalse();
    assertThat(PathPattern.isPattern("a/\\*")).isFalse();
    assertThat(PathPattern.isPattern("a/*")).isTrue();
    assertThat(PathPattern.isPattern("a[1]")).isTrue();
  }
}
