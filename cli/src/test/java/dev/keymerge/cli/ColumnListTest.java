package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnListTest {
  @Test
  void commasSeparateNames() {
    assertThat(parse("id")).containsExactly("id");
    assertThat(parse("id, line ,x y")).containsExactly("id", "line", "x y");
  }

  @Test
  void anOptionThatIsGivenTwiceAddsUp() {
    assertThat(ColumnList.parse("--key", List.of("id", "line,part")))
        .containsExactly("id", "line", "part");
  }

  @Test
  void quotesKeepCommasSpacesAndQuotes() {
    assertThat(parse("id,\"a,b\",\" c \",\"say \"\"hi\"\"\""))
        .containsExactly("id", "a,b", " c ", "say \"hi\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "id,", ",id", "a,,b", "\"id", "\"id\"x,b"})
  void whatIsNoListOfNamesIsRefusedWithAnExample(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("--key '" + text);
  }

  private static List<String> parse(String text) {
    return ColumnList.parse("--key", List.of(text));
  }
}
