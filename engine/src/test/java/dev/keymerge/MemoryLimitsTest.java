package dev.keymerge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryLimitsTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "17b, 17",
    "64k, 65536",
    "512m, 536870912",
    "512M, 536870912",
    "512MiB, 536870912",
    "512MB, 512000000",
    "2g, 2147483648",
    "1.5GiB, 1610612736",
    "0.1 gb, 100000000",
    "1t, 1099511627776",
    "9223372036854775807, 9223372036854775807"
  })
  void parsesSizesWithUnits(String text, long bytes) {
    assertThat(MemoryLimits.parse(text).bytes()).isEqualTo(bytes);
    assertThat(MemoryLimits.parse(" " + text + " ")).isEqualTo(MemoryLimits.ofBytes(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "m",
        "-5m",
        "0",
        "0.4b",
        "5x",
        "5mm",
        "5ibm",
        "1e3",
        ".5g",
        "1,5g",
        "1 0m",
        "10%",
        "9223372036854775808",
        "9000000t",
        "99999999999999999999"
      })
  void refusesWhatIsNotAPositiveSize(String text) {
    assertThatThrownBy(() -> MemoryLimits.parse(text))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void refusesALimitOfNothing() {
    assertThatThrownBy(() -> MemoryLimits.ofBytes(0))
        .isInstanceOf(MergeException.InvalidRequest.class);
  }

  @Test
  void takesAShareOfTheContainer() {
    assertThat(MemoryLimits.ofContainer().bytes()).isPositive();
  }
}
