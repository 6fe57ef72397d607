package dev.keymerge.internal.target;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.ComponentBounds;
import dev.keymerge.internal.key.KeyBatch;
import dev.keymerge.internal.key.KeyFilter;
import dev.keymerge.internal.key.KeyFilterBuilder;
import dev.keymerge.internal.key.KeyType;
import dev.keymerge.internal.key.Sample;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ArrowTypes;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyPruningTest {
  private static final Field NUMBER = Field.nullable("n", new ArrowType.Int(64, true));
  private static final Field TEXT = Field.nullable("t", new ArrowType.Utf8());
  private static final Field REAL =
      Field.nullable("r", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE));

  static List<Field> typesThatParquetHas() {
    return Sample.fields().stream()
        .filter(field -> ArrowTypes.canonical(field).getType().equals(field.getType()))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("typesThatParquetHas")
  void keepsEveryRowGroupThatHoldsAKeyOfTheSource(Field field) {
    int pruned = 0;
    for (int seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      NullKeyPolicy policy = NullKeyPolicy.values()[random.nextInt(2)];
      List<@Nullable Object> source = some(field, 1 + random.nextInt(4), random);
      List<@Nullable Object> unit = some(field, 1 + random.nextInt(4), random);
      boolean mayMatch = mayMatch(List.of(field), List.of(source), List.of(unit), policy);
      assertThat(mayMatch || !shareAKey(field, source, unit, policy))
          .as("source %s unit %s policy %s", text(source), text(unit), policy)
          .isTrue();
      pruned += mayMatch ? 0 : 1;
    }
    // Small random units miss each other often, whatever the type; NaN, which hides from
    // statistics, is rare.
    assertThat(pruned).as("units ruled out").isGreaterThan(20);
  }

  @Test
  void keepsEveryRowGroupThatHoldsAKeyOfSeveralColumns() {
    List<Field> all = typesThatParquetHas();
    for (int seed = 0; seed < 2000; seed++) {
      Random random = new Random(seed);
      List<Field> keys = new ArrayList<>(all);
      Collections.shuffle(keys, random);
      keys = List.copyOf(keys.subList(0, 2));
      List<List<@Nullable Object>> source = new ArrayList<>();
      List<List<@Nullable Object>> unit = new ArrayList<>();
      for (Field field : keys) {
        source.add(new ArrayList<>());
        unit.add(new ArrayList<>());
        List<@Nullable Object> pool = some(field, 3, random);
        for (int row = 0; row < 3; row++) {
          source.get(source.size() - 1).add(pool.get(random.nextInt(3)));
          unit.get(unit.size() - 1).add(pool.get(random.nextInt(3)));
        }
      }
      if (!mayMatch(keys, source, unit, NullKeyPolicy.MATCH)) {
        Set<Object> sourceKeys = new HashSet<>();
        Set<Object> unitKeys = new HashSet<>();
        for (int row = 0; row < 3; row++) {
          sourceKeys.add(key(keys, source, row));
          unitKeys.add(key(keys, unit, row));
        }
        assertThat(sourceKeys).doesNotContainAnyElementsOf(unitKeys);
      }
    }
  }

  @Test
  void prunesWhatLiesBetweenTwoStretchesOfKeys() {
    List<@Nullable Object> source = new ArrayList<>();
    for (long value = 0; value < 5000; value++) {
      source.add(value);
      source.add(value + 1_000_000);
    }
    assertThat(mayMatch(NUMBER, source, List.of(6_000L, 900_000L))).isFalse();
    assertThat(mayMatch(NUMBER, source, List.of(4_999L, 900_000L))).isTrue();
    assertThat(mayMatch(NUMBER, source, List.of(1_005_000L))).isFalse();
  }

  @Test
  void keepsUnitsWithoutUsableStatistics() {
    KeyFilter filter = filter(List.of(NUMBER), List.of(List.of(5L)), NullKeyPolicy.MATCH);
    KeyPruning pruning = new KeyPruning(filter, List.of(NUMBER));
    assertThat(pruning.mayMatch(new TargetRowGroup(10, Map.of()))).isTrue();
    PrimitiveType unsigned =
        Types.optional(PrimitiveTypeName.INT64)
            .as(LogicalTypeAnnotation.intType(64, false))
            .named("n");
    Statistics<?> ofAnotherType = Statistics.createStats(unsigned);
    ofAnotherType.updateStats(99L);
    assertThat(pruning.mayMatch(rowGroup(1, NUMBER, ofAnotherType))).isTrue();
  }

  @Test
  void treatsAnUnknownCountOfNullsAsNulls() {
    PrimitiveType type = ArrowTypes.parquetType(NUMBER);
    Statistics<?> uncounted =
        Statistics.getBuilderForReading(type)
            .withMin(littleEndian(1))
            .withMax(littleEndian(2))
            .build();
    TargetRowGroup group = rowGroup(9, NUMBER, uncounted);
    List<@Nullable Object> withNull = Arrays.asList(50L, null);
    KeyFilter matching = filter(List.of(NUMBER), List.of(withNull), NullKeyPolicy.MATCH);
    KeyFilter never = filter(List.of(NUMBER), List.of(withNull), NullKeyPolicy.NEVER);
    KeyFilter failing = filter(List.of(NUMBER), List.of(List.of(50L)), NullKeyPolicy.FAIL);
    assertThat(new KeyPruning(matching, List.of(NUMBER)).mayMatch(group)).isTrue();
    assertThat(new KeyPruning(never, List.of(NUMBER)).mayMatch(group)).isFalse();
    assertThat(new KeyPruning(failing, List.of(NUMBER)).mayMatch(group)).isTrue();
  }

  @Test
  void keepsEveryUnitIfTheSourceHasNan() {
    assertThat(mayMatch(REAL, List.of(Double.NaN), List.of(1.0))).isTrue();
    assertThat(mayMatch(REAL, List.of(2.0), List.of(1.0))).isFalse();
    assertThat(mayMatch(REAL, List.of(-0.0), List.of(0.0))).isTrue();
  }

  @Test
  void takesShortenedTextForBounds() {
    PrimitiveType type = ArrowTypes.parquetType(TEXT);
    Statistics<?> shortened =
        Statistics.getBuilderForReading(type)
            .withMin("key-1".getBytes(StandardCharsets.UTF_8))
            .withMax("key-2".getBytes(StandardCharsets.UTF_8))
            .withNumNulls(0)
            .build();
    TargetRowGroup group = rowGroup(9, TEXT, shortened);
    assertThat(pruningOfText("key-1234").mayMatch(group)).isTrue();
    assertThat(pruningOfText("key-2").mayMatch(group)).isTrue();
    assertThat(pruningOfText("key-21").mayMatch(group)).isFalse();
    assertThat(pruningOfText("key-0" + "9".repeat(100)).mayMatch(group)).isFalse();
  }

  @Test
  void prunesEverythingForAnEmptySource() {
    assertThat(mayMatch(NUMBER, List.of(), List.of(1L))).isFalse();
  }

  @Test
  void neverBelievesStatisticsOfInt96() {
    Field instant = Field.nullable("i", new ArrowType.Timestamp(TimeUnit.NANOSECOND, null));
    PrimitiveType type = Types.optional(PrimitiveTypeName.INT96).named("i");
    Statistics<?> statistics = Statistics.createStats(type);
    statistics.updateStats(Binary.fromConstantByteArray(new byte[12]));
    KeyFilter filter = filter(List.of(instant), List.of(List.of(77L)), NullKeyPolicy.NEVER);
    TargetRowGroup group = rowGroup(1, instant, statistics);
    assertThat(new KeyPruning(filter, List.of(instant)).mayMatch(group)).isTrue();
  }

  private static TargetRowGroup rowGroup(long rows, Field field, Statistics<?> statistics) {
    ComponentBounds bounds = StatisticsBounds.of(statistics, rows, field);
    return new TargetRowGroup(rows, Map.of(field.getName(), bounds));
  }

  private static KeyPruning pruningOfText(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    KeyFilter filter = filter(List.of(TEXT), List.of(List.of(bytes)), NullKeyPolicy.MATCH);
    return new KeyPruning(filter, List.of(TEXT));
  }

  private static boolean mayMatch(
      Field field, List<? extends @Nullable Object> source, List<? extends @Nullable Object> unit) {
    return mayMatch(List.of(field), List.of(source), List.of(unit), NullKeyPolicy.MATCH);
  }

  private static boolean mayMatch(
      List<Field> keys,
      List<? extends List<? extends @Nullable Object>> source,
      List<? extends List<? extends @Nullable Object>> unit,
      NullKeyPolicy policy) {
    Map<String, ComponentBounds> bounds = new HashMap<>();
    int rows = unit.get(0).size();
    for (int index = 0; index < keys.size(); index++) {
      Field field = keys.get(index);
      Statistics<?> statistics = statistics(field, unit.get(index));
      bounds.put(field.getName(), StatisticsBounds.of(statistics, rows, field));
    }
    TargetRowGroup group = new TargetRowGroup(rows, bounds);
    return new KeyPruning(filter(keys, source, policy), keys).mayMatch(group);
  }

  private static KeyFilter filter(
      List<Field> keys,
      List<? extends List<? extends @Nullable Object>> source,
      NullKeyPolicy policy) {
    KeyType type = KeyType.of(keys);
    MemoryBudget budget = new MemoryBudget(16 << 20);
    KeyFilterBuilder builder = new KeyFilterBuilder(type, policy);
    try (BufferAllocator allocator = BudgetedAllocator.open(budget, "test");
        KeyBatch batch = new KeyBatch(type, allocator, budget.open("batch"))) {
      List<FieldVector> vectors = new ArrayList<>();
      for (int index = 0; index < keys.size(); index++) {
        vectors.add(Sample.vector(keys.get(index), source.get(index), allocator));
      }
      batch.load(vectors, source.get(0).size());
      builder.add(batch);
      vectors.forEach(FieldVector::close);
    }
    return builder.build();
  }

  private static List<@Nullable Object> some(Field field, int count, Random random) {
    List<@Nullable Object> values = new ArrayList<>(Sample.draw(field, count, random));
    if (random.nextInt(4) == 0) {
      values.set(0, null);
    }
    return values;
  }

  private static List<@Nullable Object> key(
      List<Field> keys, List<List<@Nullable Object>> columns, int row) {
    List<@Nullable Object> key = new ArrayList<>();
    for (int index = 0; index < keys.size(); index++) {
      Object value = columns.get(index).get(row);
      key.add(value == null ? null : Sample.twin(keys.get(index), value));
    }
    return key;
  }

  private static boolean shareAKey(
      Field field,
      List<@Nullable Object> source,
      List<@Nullable Object> unit,
      NullKeyPolicy policy) {
    Set<Object> values = new HashSet<>();
    source.forEach(value -> values.add(value == null ? "null" : Sample.twin(field, value)));
    return unit.stream()
        .anyMatch(
            value ->
                value == null
                    ? policy == NullKeyPolicy.MATCH && values.contains("null")
                    : values.contains(Sample.twin(field, value)));
  }

  private static String text(List<@Nullable Object> values) {
    return values.stream()
        .map(value -> value instanceof byte[] bytes ? Arrays.toString(bytes) : "" + value)
        .toList()
        .toString();
  }

  /** Makes statistics as a writer does that leaves NaN out, and reads them as a reader does. */
  private static Statistics<?> statistics(Field field, List<? extends @Nullable Object> values) {
    PrimitiveType type = ArrowTypes.parquetType(field);
    Statistics<?> written = Statistics.createStats(type);
    for (Object value : values) {
      if (value == null) {
        written.incrementNumNulls();
      } else if (!Double.valueOf(Double.NaN).equals(Sample.twin(field, value))) {
        update(written, type, value);
      }
    }
    Statistics.Builder read =
        Statistics.getBuilderForReading(type).withNumNulls(written.getNumNulls());
    if (written.hasNonNullValue()) {
      read.withMin(written.getMinBytes()).withMax(written.getMaxBytes());
    }
    return read.build();
  }

  private static void update(Statistics<?> statistics, PrimitiveType type, Object value) {
    switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> statistics.updateStats((Boolean) value);
      case INT32 -> statistics.updateStats(((Number) value).intValue());
      case INT64 -> statistics.updateStats(((Number) value).longValue());
      case FLOAT -> statistics.updateStats((Float) value);
      case DOUBLE -> statistics.updateStats((Double) value);
      default -> statistics.updateStats(Binary.fromConstantByteArray(bytes(type, value)));
    }
  }

  private static byte[] bytes(PrimitiveType type, Object value) {
    if (value instanceof Short half) {
      return new byte[] {half.byteValue(), (byte) (half >> 8)};
    }
    if (value instanceof BigInteger unscaled) {
      byte[] bytes = new byte[type.getTypeLength()];
      Arrays.fill(bytes, unscaled.signum() < 0 ? (byte) -1 : 0);
      byte[] shortest = unscaled.toByteArray();
      System.arraycopy(shortest, 0, bytes, bytes.length - shortest.length, shortest.length);
      return bytes;
    }
    return (byte[]) value;
  }

  private static byte[] littleEndian(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }
}
