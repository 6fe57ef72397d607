package dev.keymerge.testdata.row;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ValueConversionTest {

  private static final BigInteger GREATEST_UINT64 =
      BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  private static Arguments fits(LogicalType from, Object value, LogicalType to, Object result) {
    return Arguments.of(from, value, to, Optional.of(result));
  }

  private static Arguments unfit(LogicalType from, Object value, LogicalType to) {
    return Arguments.of(from, value, to, Optional.empty());
  }

  static Stream<Arguments> values() {
    return Stream.of(
        fits(LogicalType.INT64, -128L, LogicalType.INT8, -128L),
        unfit(LogicalType.INT64, 128L, LogicalType.INT8),
        unfit(LogicalType.INT8, -1L, LogicalType.UINT64),
        fits(LogicalType.INT8, 1L, LogicalType.UINT64, BigInteger.ONE),
        unfit(LogicalType.UINT64, GREATEST_UINT64, LogicalType.INT64),
        fits(LogicalType.INT32, 7L, LogicalType.decimal(3, 2), new BigDecimal("7.00")),
        unfit(LogicalType.INT32, 10L, LogicalType.decimal(3, 2)),
        fits(LogicalType.decimal(5, 2), new BigDecimal("12.00"), LogicalType.UINT8, 12L),
        unfit(LogicalType.decimal(5, 2), new BigDecimal("12.01"), LogicalType.UINT8),
        fits(
            LogicalType.decimal(9, 4),
            new BigDecimal("1.2000"),
            LogicalType.decimal(2, 1),
            new BigDecimal("1.2")),
        unfit(LogicalType.decimal(9, 4), new BigDecimal("1.2500"), LogicalType.decimal(2, 1)),
        unfit(LogicalType.decimal(9, 4), new BigDecimal("12.0000"), LogicalType.decimal(2, 1)),
        fits(LogicalType.INT64, 1L << 53, LogicalType.DOUBLE, 0x1p53),
        unfit(LogicalType.INT64, (1L << 53) + 1, LogicalType.DOUBLE),
        unfit(LogicalType.INT32, (1L << 24) + 1, LogicalType.FLOAT),
        fits(LogicalType.FLOAT, 0.1f, LogicalType.DOUBLE, (double) 0.1f),
        unfit(LogicalType.DOUBLE, 0.1, LogicalType.FLOAT),
        fits(LogicalType.DOUBLE, Double.NaN, LogicalType.FLOAT, Float.NaN),
        fits(LogicalType.DOUBLE, -0.0, LogicalType.FLOAT, -0.0f),
        fits(
            LogicalType.timestamp(TickUnit.NANOS),
            -3_000_000L,
            LogicalType.timestamp(TickUnit.MILLIS),
            -3L),
        unfit(
            LogicalType.timestamp(TickUnit.NANOS),
            -3_000_001L,
            LogicalType.timestamp(TickUnit.MILLIS)),
        unfit(
            LogicalType.timestampZoned(TickUnit.MILLIS),
            Long.MAX_VALUE / 1000,
            LogicalType.timestampZoned(TickUnit.NANOS)),
        fits(LogicalType.time(TickUnit.MILLIS), 5L, LogicalType.time(TickUnit.MICROS), 5000L),
        fits(
            LogicalType.BINARY,
            Bytes.ofHex("0102"),
            LogicalType.fixedBinary(2),
            Bytes.ofHex("0102")),
        unfit(LogicalType.BINARY, Bytes.ofHex("01"), LogicalType.fixedBinary(2)));
  }

  @ParameterizedTest
  @MethodSource("values")
  void valuesConvertOnlyWithoutLoss(
      LogicalType from, Object value, LogicalType to, Optional<Object> result) {
    assertThat(ValueConversion.between(from, to).orElseThrow().convert(value)).isEqualTo(result);
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        Arguments.of(LogicalType.STRING, LogicalType.BINARY),
        Arguments.of(LogicalType.DOUBLE, LogicalType.INT64),
        Arguments.of(LogicalType.decimal(5, 2), LogicalType.DOUBLE),
        Arguments.of(LogicalType.DATE, LogicalType.timestamp(TickUnit.MILLIS)),
        Arguments.of(
            LogicalType.timestamp(TickUnit.MILLIS), LogicalType.timestampZoned(TickUnit.MILLIS)),
        Arguments.of(LogicalType.fixedBinary(2), LogicalType.fixedBinary(3)));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void typesOfDifferentMeaningDoNotConvert(LogicalType from, LogicalType to) {
    assertThat(ValueConversion.between(from, to)).isEmpty();
  }

  @Test
  void orderPutsNullFirstNotANumberLastAndTextByItsBytes() {
    ValueOrder order = ValueOrder.NULLS_FIRST;

    assertThat(order.compare(null, 1L)).isNegative();
    assertThat(order.compare(null, null)).isZero();
    assertThat(order.compare(Double.NaN, Double.POSITIVE_INFINITY)).isPositive();
    assertThat(order.compare(-0.0, 0.0)).isZero();
    assertThat(order.compare("\uFFFD", "\uD83D\uDE00")).isNegative();
    assertThat(order.compare(Bytes.ofHex("80"), Bytes.ofHex("7f"))).isPositive();
  }

  @Test
  void digestsIgnoreTheOrderOfRowsButNotTheirNumber() {
    Object[] first = {1L, "a", null};
    Object[] second = {1L, null, "a"};
    RowDigest forward = new RowDigest();
    RowDigest backward = new RowDigest();
    forward.add(first);
    forward.add(second);
    backward.add(second);
    backward.add(first);

    assertThat(forward).isEqualTo(backward);

    forward.add(first);
    backward.add(second);

    assertThat(forward).isNotEqualTo(backward);
    assertThat(forward.rows()).isEqualTo(3);
  }
}
