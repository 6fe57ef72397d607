package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
  @ParameterizedTest
  @CsvSource({
    "0s, 0",
    "250ms, 250",
    "30s, 30000",
    "10m, 600000",
    "1.5h, 5400000",
    "7D, 604800000",
    "' 2s ', 2000"
  })
  void aNumberAndAUnitIsATime(String text, long millis) {
    assertThat(Times.parse("--wait", text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "-1s", "1 week", "1.2345s", "1e3s"})
  void anythingElseIsNone(String text) {
    assertThatThrownBy(() -> Times.parse("--wait", text))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("--wait")
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void theMessageSaysWhatToWrite() {
    assertThatThrownBy(() -> Times.parse("--keep-previous", "long"))
        .isInstanceOfSatisfying(
            MergeException.InvalidRequest.class,
            e -> assertThat(e.remedy()).contains("30s").contains("7d"));
  }
}
