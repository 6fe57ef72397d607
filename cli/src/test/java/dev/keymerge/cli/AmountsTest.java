package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AmountsTest {
  @Test
  void countsHaveTheirThousandsApart() {
    assertThat(Amounts.count(0)).isEqualTo("0");
    assertThat(Amounts.count(1_234_567)).isEqualTo("1,234,567");
    assertThat(Amounts.count(1, "file")).isEqualTo("1 file");
    assertThat(Amounts.count(2, "file")).isEqualTo("2 files");
  }

  @Test
  void bytesUseTheLargestUnitThatFits() {
    assertThat(Amounts.bytes(0)).isEqualTo("0 B");
    assertThat(Amounts.bytes(1023)).isEqualTo("1023 B");
    assertThat(Amounts.bytes(1024)).isEqualTo("1.0 KiB");
    assertThat(Amounts.bytes(1536)).isEqualTo("1.5 KiB");
    assertThat(Amounts.bytes(512L << 20)).isEqualTo("512.0 MiB");
    assertThat(Amounts.bytes(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
  }

  @Test
  void bytesNeverShowAThousandAndTwentyFourOfAUnit() {
    assertThat(Amounts.bytes((1 << 20) - 1)).isEqualTo("1.0 MiB");
  }

  @Test
  void bytesThatNobodyKnowsAreUnknown() {
    assertThat(Amounts.bytes(-1)).isEqualTo("unknown");
  }

  @Test
  void sharesArePercentOfTheWhole() {
    assertThat(Amounts.share(1, 8)).isEqualTo("12.5 %");
    assertThat(Amounts.share(5, 5)).isEqualTo("100 %");
    assertThat(Amounts.share(0, 5)).isEqualTo("0 %");
    assertThat(Amounts.share(0, 0)).isEqualTo("0 %");
    assertThat(Amounts.share(1, 1_000_000)).isEqualTo("< 0.1 %");
  }

  @Test
  void timesGetCoarserAsTheyGetLonger() {
    assertThat(Amounts.time(Duration.ofMillis(45))).isEqualTo("45 ms");
    assertThat(Amounts.time(Duration.ofMillis(2_449))).isEqualTo("2.4 s");
    assertThat(Amounts.time(Duration.ofMillis(59_960))).isEqualTo("1 min 00 s");
    assertThat(Amounts.time(Duration.ofSeconds(185))).isEqualTo("3 min 05 s");
    assertThat(Amounts.time(Duration.ofMinutes(127))).isEqualTo("2 h 07 min");
  }
}
