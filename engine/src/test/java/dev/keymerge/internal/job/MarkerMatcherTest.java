package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.function.BiConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.util.Float16;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MarkerMatcherTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everythingIsGivenBack() {
    allocator.close();
  }

  /** Returns whether {@code marker} stands in row 1, between a row of zero bits and a null. */
  private <V extends FieldVector> boolean marks(
      ArrowType type, String marker, Class<V> kind, BiConsumer<V, Integer> fill) {
    Field field = Field.nullable("op", type);
    try (FieldVector vector = field.createVector(allocator)) {
      vector.setInitialCapacity(3);
      vector.allocateNew();
      fill.accept(kind.cast(vector), 1);
      vector.setValueCount(3);
      return new MarkerMatcher(field, marker).marked(vector, 3).get(1);
    }
  }

  private static ArrowType unsigned(int bits) {
    return new ArrowType.Int(bits, false);
  }

  private static ArrowType floating(FloatingPointPrecision precision) {
    return new ArrowType.FloatingPoint(precision);
  }

  @Test
  void unsignedNumbersBeyondTheSignedRangeAreMarkers() {
    assertThat(marks(unsigned(8), "200", UInt1Vector.class, (v, row) -> v.set(row, 200))).isTrue();
    assertThat(marks(unsigned(16), "60000", UInt2Vector.class, (v, row) -> v.set(row, 60000)))
        .isTrue();
    assertThat(
            marks(
                unsigned(32),
                "4000000000",
                UInt4Vector.class,
                (v, row) -> v.set(row, (int) 4_000_000_000L)))
        .isTrue();
    assertThat(
            marks(
                unsigned(64),
                "18446744073709551615",
                UInt8Vector.class,
                (v, row) -> v.set(row, -1L)))
        .isTrue();
  }

  @Test
  void numbersCompareByValueHoweverTheyAreWritten() {
    assertThat(
            marks(new ArrowType.Int(8, true), "-1.0", TinyIntVector.class, (v, r) -> v.set(r, -1)))
        .isTrue();
    assertThat(
            marks(
                new ArrowType.Decimal(9, 2, 128),
                "1.5",
                DecimalVector.class,
                (v, row) -> v.set(row, new BigDecimal("1.50"))))
        .isTrue();
    assertThat(
            marks(
                floating(FloatingPointPrecision.HALF),
                "0.1",
                Float2Vector.class,
                (v, row) -> v.set(row, Float16.toFloat16(0.1f))))
        .isTrue();
    assertThat(
            marks(
                floating(FloatingPointPrecision.SINGLE),
                "1",
                Float4Vector.class,
                (v, row) -> v.set(row, 1f)))
        .isTrue();
    assertThat(
            marks(
                floating(FloatingPointPrecision.DOUBLE),
                "1e0",
                Float8Vector.class,
                (v, row) -> v.set(row, 1d)))
        .isTrue();
    assertThat(
            marks(
                floating(FloatingPointPrecision.DOUBLE),
                "0",
                Float8Vector.class,
                (v, row) -> v.set(row, -0.0)))
        .isTrue();
    assertThat(
            marks(
                floating(FloatingPointPrecision.DOUBLE),
                "NaN",
                Float8Vector.class,
                (v, row) -> v.set(row, Double.NaN)))
        .isTrue();
  }

  @Test
  void datesBooleansTextAndBinaryAreMarkers() {
    assertThat(
            marks(
                new ArrowType.Date(DateUnit.DAY),
                "2024-12-31",
                DateDayVector.class,
                (v, row) -> v.set(row, (int) LocalDate.of(2024, 12, 31).toEpochDay())))
        .isTrue();
    assertThat(marks(ArrowType.Bool.INSTANCE, "TRUE", BitVector.class, (v, row) -> v.set(row, 1)))
        .isTrue();
    byte[] text = "gelöscht".getBytes(StandardCharsets.UTF_8);
    assertThat(
            marks(
                ArrowType.Utf8.INSTANCE,
                "gelöscht",
                VarCharVector.class,
                (v, row) -> v.setSafe(row, text)))
        .isTrue();
    assertThat(
            marks(
                ArrowType.Binary.INSTANCE,
                "gelöscht",
                VarBinaryVector.class,
                (v, row) -> v.setSafe(row, text)))
        .isTrue();
  }

  @Test
  void otherValuesAndNullsAreNoMarkers() {
    Field field = Field.nullable("op", unsigned(8));
    try (UInt1Vector vector = (UInt1Vector) field.createVector(allocator)) {
      vector.allocateNew(3);
      vector.set(0, 200);
      vector.set(1, 199);
      vector.setNull(2);
      vector.setValueCount(3);

      assertThat(new MarkerMatcher(field, "200").marked(vector, 3).stream()).containsExactly(0);
    }
  }

  @Test
  void markersThatNoValueCanEqualAreRefused() {
    refuses(unsigned(8), "256");
    refuses(unsigned(8), "-1");
    refuses(new ArrowType.Int(8, true), "128");
    refuses(new ArrowType.Int(8, true), "1.5");
    refuses(new ArrowType.Int(8, true), "yes");
    refuses(floating(FloatingPointPrecision.DOUBLE), "one");
    refuses(ArrowType.Bool.INSTANCE, "1");
    refuses(new ArrowType.Date(DateUnit.DAY), "31.12.2024");
    refuses(new ArrowType.Timestamp(TimeUnit.MICROSECOND, null), "2024-12-31T00:00:00");
    refuses(new ArrowType.FixedSizeBinary(16), "D");
  }

  private static void refuses(ArrowType type, String marker) {
    assertThatThrownBy(() -> new MarkerMatcher(Field.nullable("op", type), marker))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("'" + marker + "'")
        .hasMessageContaining("'op'");
  }
}
