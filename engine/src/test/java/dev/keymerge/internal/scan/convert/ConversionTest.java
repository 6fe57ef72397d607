package dev.keymerge.internal.scan.convert;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConversionTest {
  private static final List<ArrowType> TYPES = types();
  private static final List<ArrowType> TARGETS =
      TYPES.stream().filter(ConversionTest::isParquetType).toList();
  private static final List<Object> VALUES = values();

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everythingIsGivenBack() {
    allocator.close();
  }

  static Stream<ArrowType> everyType() {
    return TYPES.stream();
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void convertsExactlyTheValuesThatFit(ArrowType source) {
    for (ArrowType target : TARGETS) {
      Optional<Conversion> conversion = Conversion.between(source, target);
      assertThat(conversion.isPresent())
          .as(source + " to " + target)
          .isEqualTo(tied(source, target));
      if (conversion.isPresent() && TypeKind.of(source).orElseThrow() != TypeKind.NULL) {
        checkValues(source, target, conversion.get());
      }
    }
  }

  private void checkValues(ArrowType source, ArrowType target, Conversion conversion) {
    List<Object> fitting = new ArrayList<>();
    boolean someMisfit = false;
    for (Object value : VALUES) {
      if (PlainValues.holds(source, value)) {
        if (PlainValues.holds(target, value)) {
          fitting.add(value);
        } else {
          someMisfit = true;
          checkRefusal(source, target, conversion, value);
        }
      }
    }
    assertThat(fitting).as(source + " to " + target).isNotEmpty();
    checkFitting(source, target, conversion, fitting);
    if (someMisfit) {
      assertThat(conversion.canFail()).as(source + " to " + target).isTrue();
    }
  }

  private void checkFitting(
      ArrowType source, ArrowType target, Conversion conversion, List<Object> values) {
    for (int from : new int[] {0, 1, 8, 13}) {
      try (FieldVector vector = vector(source, from + 2 * values.size());
          FieldVector converted = vector(target, 0)) {
        for (int i = 0; i < values.size(); i++) {
          PlainValues.set(vector, from + 2 * i, values.get(i));
        }
        vector.setValueCount(from + 2 * values.size());
        int count = 2 * values.size();
        int misfit = conversion.converter().convert(vector, from, count, converted);
        assertThat(misfit).as(source + " to " + target).isEqualTo(ValueConverter.ALL_FIT);
        assertThat(converted.getValueCount()).isEqualTo(count);
        for (int i = 0; i < values.size(); i++) {
          assertThat(PlainValues.read(converted, 2 * i))
              .as("%s to %s: %s", source, target, values.get(i))
              .isEqualTo(expected(values.get(i), target));
          assertThat(converted.isNull(2 * i + 1)).isTrue();
        }
      }
    }
  }

  private static Object expected(Object value, ArrowType target) {
    return target instanceof ArrowType.FloatingPoint && value instanceof BigDecimal number
        ? (Object) number.doubleValue()
        : value;
  }

  private void checkRefusal(
      ArrowType source, ArrowType target, Conversion conversion, Object value) {
    try (FieldVector vector = vector(source, 3000);
        FieldVector converted = vector(target, 0)) {
      PlainValues.set(vector, 2500, value);
      vector.setValueCount(3000);
      assertThat(conversion.converter().convert(vector, 7, 2900, converted))
          .as("%s to %s: %s", source, target, value)
          .isEqualTo(2500);
      assertThat(conversion.refusal(vector, 2500)).contains(TypeText.of(target), "only if");
    }
  }

  @Test
  void leavesWhatStandsUnderNullsOutOfAccount() {
    ArrowType wide = new ArrowType.Int(64, true);
    for (ArrowType target :
        List.of(
            new ArrowType.Int(8, true),
            new ArrowType.Decimal(5, 2, 128),
            new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE))) {
      try (FieldVector vector = vector(wide, 2);
          FieldVector converted = vector(target, 0)) {
        PlainValues.set(vector, 0, new BigDecimal(Long.MAX_VALUE));
        vector.setNull(0);
        PlainValues.set(vector, 1, BigDecimal.ONE);
        vector.setValueCount(2);
        Conversion conversion = Conversion.between(wide, target).orElseThrow();
        assertThat(conversion.converter().convert(vector, 0, 2, converted))
            .isEqualTo(ValueConverter.ALL_FIT);
        assertThat(converted.isNull(0)).isTrue();
        assertThat(converted.isNull(1)).isFalse();
      }
    }
  }

  @Test
  void reusesATargetThatHeldOtherRows() {
    ArrowType source = new ArrowType.LargeUtf8();
    ArrowType target = new ArrowType.Utf8();
    ValueConverter converter = Conversion.between(source, target).orElseThrow().converter();
    try (FieldVector vector = vector(source, 100);
        FieldVector converted = vector(target, 0)) {
      for (int i = 0; i < 100; i++) {
        PlainValues.set(vector, i, "text" + "x".repeat(i));
      }
      vector.setValueCount(100);
      for (int[] range : new int[][] {{0, 10}, {3, 97}, {99, 1}, {50, 0}}) {
        converter.convert(vector, range[0], range[1], converted);
        assertThat(converted.getValueCount()).isEqualTo(range[1]);
        for (int i = 0; i < range[1]; i++) {
          assertThat(PlainValues.read(converted, i)).isEqualTo("text" + "x".repeat(range[0] + i));
        }
      }
    }
  }

  @Test
  void makesNullsOfAnyTypeOutOfAColumnWithoutType() {
    for (ArrowType target : TARGETS) {
      try (FieldVector nulls = vector(ArrowType.Null.INSTANCE, 0);
          FieldVector converted = vector(target, 0)) {
        nulls.setValueCount(20);
        Conversion conversion = Conversion.between(ArrowType.Null.INSTANCE, target).orElseThrow();
        for (int count : new int[] {20, 3, 20}) {
          assertThat(conversion.converter().convert(nulls, 0, count, converted))
              .isEqualTo(ValueConverter.ALL_FIT);
          assertThat(converted.getValueCount()).isEqualTo(count);
          assertThat(converted.getNullCount()).isEqualTo(count);
        }
      }
    }
  }

  @Test
  void showsTheSameTableAsTheDocumentation() throws IOException {
    String table =
        Arrays.stream(ConversionRule.values())
            .map(
                rule ->
                    "| %s | %s | %s |"
                        .formatted(rule.sourceLabel(), rule.targetLabel(), rule.fits()))
            .collect(Collectors.joining("\n"));
    assertThat(Files.readString(documents().resolve("conversions.md"))).contains(table);
  }

  private static Path documents() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve("docs"))) {
      directory = directory.getParent();
    }
    return directory.resolve("docs");
  }

  private static boolean isParquetType(ArrowType type) {
    return switch (type.getTypeID()) {
      case Null, LargeUtf8, Utf8View, LargeBinary, BinaryView -> false;
      case Date -> ((ArrowType.Date) type).getUnit() == DateUnit.DAY;
      case Time -> ((ArrowType.Time) type).getUnit() != TimeUnit.SECOND;
      case Timestamp -> ((ArrowType.Timestamp) type).getUnit() != TimeUnit.SECOND;
      default -> true;
    };
  }

  /** States independently of the rules which types are tied. */
  private static boolean tied(ArrowType source, ArrowType target) {
    TypeKind from = TypeKind.of(source).orElseThrow();
    TypeKind to = TypeKind.of(target).orElseThrow();
    return switch (from) {
      case NULL -> true;
      case INTEGER -> to == TypeKind.INTEGER || to == TypeKind.DECIMAL || to == TypeKind.FLOAT;
      case DECIMAL -> to == TypeKind.DECIMAL || to == TypeKind.INTEGER;
      case BYTES -> to == TypeKind.BYTES || to == TypeKind.FIXED_BYTES;
      case FIXED_BYTES -> to == TypeKind.BYTES || source.equals(target);
      default -> from == to;
    };
  }

  private FieldVector vector(ArrowType type, int capacity) {
    Field field = new Field("c", FieldType.nullable(type), null);
    FieldVector vector = field.createVector(allocator);
    if (vector instanceof BaseFixedWidthVector fixed) {
      fixed.allocateNew(Math.max(1, capacity));
    } else if (capacity > 0) {
      vector.setInitialCapacity(capacity);
      vector.allocateNew();
    }
    return vector;
  }

  private static List<ArrowType> types() {
    List<ArrowType> types = new ArrayList<>();
    types.add(ArrowType.Null.INSTANCE);
    types.add(ArrowType.Bool.INSTANCE);
    for (int bits : new int[] {8, 16, 32, 64}) {
      types.add(new ArrowType.Int(bits, true));
      types.add(new ArrowType.Int(bits, false));
    }
    for (FloatingPointPrecision precision : FloatingPointPrecision.values()) {
      types.add(new ArrowType.FloatingPoint(precision));
    }
    int[][] decimals = {{5, 2}, {9, 0}, {18, 4}, {20, 0}, {38, 0}, {38, 10}, {38, 38}};
    for (int[] decimal : decimals) {
      types.add(new ArrowType.Decimal(decimal[0], decimal[1], 128));
    }
    types.add(new ArrowType.Decimal(12, 3, 256));
    types.add(new ArrowType.Decimal(76, 20, 256));
    types.add(new ArrowType.Date(DateUnit.DAY));
    types.add(new ArrowType.Date(DateUnit.MILLISECOND));
    for (TimeUnit unit : TimeUnit.values()) {
      boolean small = unit == TimeUnit.SECOND || unit == TimeUnit.MILLISECOND;
      types.add(new ArrowType.Time(unit, small ? 32 : 64));
      types.add(new ArrowType.Timestamp(unit, null));
      types.add(new ArrowType.Timestamp(unit, "UTC"));
    }
    types.add(new ArrowType.Timestamp(TimeUnit.MICROSECOND, "Europe/Berlin"));
    types.add(new ArrowType.Utf8());
    types.add(new ArrowType.LargeUtf8());
    types.add(new ArrowType.Utf8View());
    types.add(new ArrowType.Binary());
    types.add(new ArrowType.LargeBinary());
    types.add(new ArrowType.BinaryView());
    types.add(new ArrowType.FixedSizeBinary(4));
    types.add(new ArrowType.FixedSizeBinary(16));
    return types;
  }

  private static List<Object> values() {
    List<BigDecimal> numbers = new ArrayList<>();
    for (int bits : new int[] {0, 7, 8, 11, 12, 15, 16, 24, 25, 31, 32, 53, 54, 62, 63, 64, 65}) {
      addAround(numbers, new BigDecimal(BigInteger.ONE.shiftLeft(bits)));
    }
    for (int digits : new int[] {3, 5, 9, 14, 16, 18, 19, 20, 28, 38, 56}) {
      addAround(numbers, BigDecimal.TEN.pow(digits));
    }
    for (String fraction : List.of("0.5", "0.25", "0.125", "999.99", "0.0001", "1E-10", "1E-38")) {
      numbers.add(new BigDecimal(fraction));
      numbers.add(new BigDecimal(fraction).negate());
    }
    addTimes(numbers);
    List<Object> values = new ArrayList<>();
    numbers.forEach(number -> values.add(PlainValues.normal(number)));
    values.addAll(List.of(true, false));
    values.addAll(List.of(0.0, -0.0, 1.5, 0.1, 0x1p-24, 0x1p-25, 65504.0, 65505.0, 2049.0, 2050.0));
    values.addAll(List.of((double) 0.1f, 16777217.0, 1e300, Double.MIN_VALUE, Double.MAX_VALUE));
    values.addAll(List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -3.4e38));
    values.addAll(List.of("text", "text with more than twelve bytes", "text \u00fc\u4e16"));
    values.addAll(List.of("", "00", "01020304", "ff".repeat(16), "ab".repeat(40)));
    return values;
  }

  private static void addAround(List<BigDecimal> numbers, BigDecimal center) {
    IntStream.rangeClosed(-2, 2)
        .mapToObj(step -> center.add(BigDecimal.valueOf(step)))
        .forEach(
            number -> {
              numbers.add(number);
              numbers.add(number.negate());
            });
  }

  /** Adds nanoseconds at the ends of every unit's range and at whole units of every size. */
  private static void addTimes(List<BigDecimal> numbers) {
    BigInteger day = BigInteger.valueOf(86_400_000_000_000L);
    List<BigInteger> units = new ArrayList<>(List.of(day));
    for (int power = 0; power <= 9; power += 3) {
      units.add(BigInteger.TEN.pow(power));
    }
    for (BigInteger unit : units) {
      for (BigInteger unitOfBound : units) {
        for (long bound : new long[] {Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE}) {
          BigInteger nanos = BigInteger.valueOf(bound).multiply(unitOfBound);
          numbers.add(new BigDecimal(nanos.divide(unit).multiply(unit)));
          numbers.add(new BigDecimal(nanos.divide(unit).multiply(unit).add(unit)));
        }
      }
      numbers.add(new BigDecimal(unit));
      numbers.add(new BigDecimal(unit.negate()));
      numbers.add(new BigDecimal(unit.add(BigInteger.ONE)));
    }
  }
}
