package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keymerge.MergeException;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.PrimitiveType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ArrowTypesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "boolean c | Bool",
        "int32 c | Int(32, true)",
        "int32 c (INTEGER(8,true)) | Int(8, true)",
        "int32 c (INTEGER(16,false)) | Int(16, false)",
        "int32 c (INTEGER(32,false)) | Int(32, false)",
        "int64 c (INTEGER(64,false)) | Int(64, false)",
        "int32 c (DATE) | Date(DAY)",
        "int32 c (TIME(MILLIS,true)) | Time(MILLISECOND, 32)",
        "int64 c (TIME(MICROS,false)) | Time(MICROSECOND, 64)",
        "int64 c (TIMESTAMP(MILLIS,true)) | Timestamp(MILLISECOND, UTC)",
        "int64 c (TIMESTAMP(NANOS,false)) | Timestamp(NANOSECOND, null)",
        "int96 c | Timestamp(NANOSECOND, null)",
        "int32 c (DECIMAL(9,2)) | Decimal(9, 2, 128)",
        "int64 c (DECIMAL(18,0)) | Decimal(18, 0, 128)",
        "binary c (DECIMAL(38,10)) | Decimal(38, 10, 128)",
        "fixed_len_byte_array(17) c (DECIMAL(39,1)) | Decimal(39, 1, 256)",
        "float c | FloatingPoint(SINGLE)",
        "double c | FloatingPoint(DOUBLE)",
        "fixed_len_byte_array(2) c (FLOAT16) | FloatingPoint(HALF)",
        "binary c | Binary",
        "binary c (STRING) | Utf8",
        "binary c (ENUM) | Utf8",
        "binary c (JSON) | Utf8",
        "binary c (BSON) | Binary",
        "fixed_len_byte_array(7) c | FixedSizeBinary(7)",
        "fixed_len_byte_array(16) c (UUID) | FixedSizeBinary(16)",
      })
  void everyFlatTypeIsReadAsOneArrowType(String parquet, String arrow) {
    assertThat(String.valueOf(ArrowTypes.arrowType(primitive("optional " + parquet))))
        .isEqualTo(arrow);
  }

  @Test
  void unknownAnnotationsAndRepetitionAreLeftAlone() {
    assertThat(ArrowTypes.field(primitive("optional int32 c (UNKNOWN)"))).isNull();
    assertThat(ArrowTypes.field(primitive("repeated int32 c"))).isNull();
    assertThat(ArrowTypes.field(primitive("required int32 c")))
        .isEqualTo(new Field("c", FieldType.notNullable(new ArrowType.Int(32, true)), null));
  }

  private static Stream<ArrowType> canonicalTypes() {
    return Stream.of(
        ArrowType.Bool.INSTANCE,
        new ArrowType.Int(8, true),
        new ArrowType.Int(16, false),
        new ArrowType.Int(32, true),
        new ArrowType.Int(64, true),
        new ArrowType.Int(64, false),
        new ArrowType.FloatingPoint(FloatingPointPrecision.HALF),
        new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE),
        new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE),
        ArrowType.Utf8.INSTANCE,
        ArrowType.Binary.INSTANCE,
        new ArrowType.FixedSizeBinary(3),
        new ArrowType.Date(DateUnit.DAY),
        new ArrowType.Time(TimeUnit.MILLISECOND, 32),
        new ArrowType.Time(TimeUnit.NANOSECOND, 64),
        new ArrowType.Timestamp(TimeUnit.MICROSECOND, null),
        new ArrowType.Timestamp(TimeUnit.NANOSECOND, "UTC"),
        new ArrowType.Decimal(9, 3, 128),
        new ArrowType.Decimal(18, 3, 128),
        new ArrowType.Decimal(38, 3, 128),
        new ArrowType.Decimal(76, 3, 256));
  }

  @ParameterizedTest
  @MethodSource("canonicalTypes")
  void canonicalTypesStayWhatTheyAre(ArrowType type) {
    Field field = new Field("column", FieldType.notNullable(type), null);
    assertThat(ArrowTypes.canonical(field)).isEqualTo(field);
  }

  @Test
  void otherTypesBecomeTheNearestThatIsRead() {
    assertThat(canonical(ArrowType.LargeUtf8.INSTANCE)).isEqualTo(ArrowType.Utf8.INSTANCE);
    assertThat(canonical(ArrowType.Utf8View.INSTANCE)).isEqualTo(ArrowType.Utf8.INSTANCE);
    assertThat(canonical(ArrowType.BinaryView.INSTANCE)).isEqualTo(ArrowType.Binary.INSTANCE);
    assertThat(canonical(new ArrowType.Time(TimeUnit.SECOND, 32)))
        .isEqualTo(new ArrowType.Time(TimeUnit.MILLISECOND, 32));
    assertThat(canonical(new ArrowType.Timestamp(TimeUnit.SECOND, "Europe/Berlin")))
        .isEqualTo(new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC"));
    assertThat(canonical(new ArrowType.Decimal(10, 2, 256)))
        .isEqualTo(new ArrowType.Decimal(10, 2, 128));
    Field encoded =
        new Field(
            "column",
            new FieldType(true, ArrowType.Utf8.INSTANCE, new DictionaryEncoding(1, false, null)),
            null);
    assertThat(ArrowTypes.canonical(encoded))
        .isEqualTo(new Field("column", FieldType.nullable(ArrowType.Utf8.INSTANCE), null));
  }

  private static ArrowType canonical(ArrowType type) {
    return ArrowTypes.canonical(new Field("column", FieldType.nullable(type), null)).getType();
  }

  private static Stream<Field> refused() {
    Field child = new Field("item", FieldType.nullable(ArrowType.Utf8.INSTANCE), null);
    return Stream.concat(
        Stream.of(
                ArrowType.Null.INSTANCE,
                new ArrowType.Duration(TimeUnit.SECOND),
                new ArrowType.Interval(IntervalUnit.DAY_TIME),
                new ArrowType.Decimal(5, 7, 128),
                new ArrowType.Decimal(5, -1, 128))
            .map(type -> new Field("odd", FieldType.nullable(type), null)),
        Stream.of(
            new Field("odd", FieldType.nullable(ArrowType.List.INSTANCE), List.of(child)),
            new Field("odd", FieldType.nullable(ArrowType.Struct.INSTANCE), List.of(child))));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void typesWithoutCounterpartAreRefusedByName(Field field) {
    assertThatExceptionOfType(MergeException.InvalidRequest.class)
        .isThrownBy(() -> ArrowTypes.parquetType(field))
        .withMessageContaining("'odd'");
  }

  @Test
  void decimalsGetAsFewBytesAsTheirLargestNumberNeeds() {
    IntStream.rangeClosed(1, 76)
        .forEach(
            precision -> {
              BigInteger largest = BigInteger.TEN.pow(precision).subtract(BigInteger.ONE);
              assertThat(ArrowTypes.decimalBytes(precision))
                  .isEqualTo(largest.negate().toByteArray().length)
                  .isEqualTo(largest.toByteArray().length);
            });
  }

  private static PrimitiveType primitive(String text) {
    return MessageTypeParser.parseMessageType("message m { " + text + "; }")
        .getType(0)
        .asPrimitiveType();
  }
}
