package dev.keymerge.internal.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyTextTest {
  @Test
  void writesValuesAsPeopleDo() {
    assertThat(text(new ArrowType.Int(64, true), -5L)).isEqualTo("k=-5");
    assertThat(text(new ArrowType.Int(64, false), -1L)).isEqualTo("k=18446744073709551615");
    assertThat(text(new ArrowType.Int(32, false), 0xFFFFFFFFL)).isEqualTo("k=4294967295");
    assertThat(text(new ArrowType.Int(8, false), 200L)).isEqualTo("k=200");
    assertThat(text(new ArrowType.Utf8(), "né".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("k='né'");
    assertThat(text(new ArrowType.Binary(), new byte[] {1, -1})).isEqualTo("k=0x01ff");
    assertThat(text(new ArrowType.Date(DateUnit.DAY), 1L)).isEqualTo("k=1970-01-02");
    assertThat(text(new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC"), 1500L))
        .isEqualTo("k=1970-01-01T00:00:01.500Z");
    assertThat(text(new ArrowType.Timestamp(TimeUnit.MICROSECOND, null), -1L))
        .isEqualTo("k=1969-12-31T23:59:59.999999");
    assertThat(text(new ArrowType.Timestamp(TimeUnit.SECOND, null), Long.MIN_VALUE))
        .isEqualTo("k=" + Long.MIN_VALUE);
    assertThat(text(new ArrowType.Time(TimeUnit.MILLISECOND, 32), 60_000L)).isEqualTo("k=00:01");
    assertThat(text(new ArrowType.Bool(), true)).isEqualTo("k=true");
    assertThat(text(new ArrowType.Int(16, true), null)).isEqualTo("k=null");
  }

  @Test
  void cutsLongValuesShort() {
    byte[] longText = "\uD83D\uDE00".repeat(100).getBytes(StandardCharsets.UTF_8);
    assertThat(text(new ArrowType.Utf8(), longText))
        .isEqualTo("k='" + "\uD83D\uDE00".repeat(60) + "...'");
    assertThat(text(new ArrowType.Binary(), new byte[1000])).hasSizeLessThan(60);
  }

  private static String text(ArrowType type, @Nullable Object value) {
    List<@Nullable Object> values = new ArrayList<>(Arrays.asList(value, value));
    try (BufferAllocator allocator = new RootAllocator();
        FieldVector vector = Sample.vector(Field.nullable("k", type), values, allocator)) {
      return KeyText.of(List.of(vector), 1);
    }
  }
}
