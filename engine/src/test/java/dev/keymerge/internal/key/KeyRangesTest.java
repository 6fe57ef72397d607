package dev.keymerge.internal.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.key.KeyRanges.Stretch;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyRangesTest {
  private static final int VALUES = 240;
  private static final int PER_UNIT = 20;
  private static final int RANGES = 6;

  static List<Field> everyType() {
    return Sample.fields();
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void rangesFollowTheOrderOfValuesAndOfTheirBounds(Field field) {
    MemoryBudget budget = new MemoryBudget(16 << 20);
    try (BufferAllocator allocator = BudgetedAllocator.open(budget, "test")) {
      for (int seed = 0; seed < 10; seed++) {
        check(field, new Random(seed), allocator, budget);
      }
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @SuppressWarnings("unchecked")
  private static void check(
      Field field, Random random, BufferAllocator allocator, MemoryBudget budget) {
    List<Object> values = new ArrayList<>(Sample.draw(field, VALUES, random));
    values.sort(Comparator.comparing(value -> (Comparable<Object>) Sample.twin(field, value)));
    KeyType type = KeyType.of(List.of(field));
    try (FieldVector vector = Sample.vector(field, values, allocator);
        KeyBatch keys = new KeyBatch(type, allocator, budget.open("keys"))) {
      keys.load(List.of(vector), VALUES);
      List<Stretch> units = new ArrayList<>();
      for (int from = 0; from < VALUES; from += PER_UNIT) {
        units.add(new Stretch(bounds(keys, from, from + PER_UNIT - 1), PER_UNIT));
      }
      KeyRanges ranges = KeyRanges.of(type, units, RANGES);
      if (ranges == null) {
        // All values may be alike, or all texts begin alike.
        return;
      }
      assertThat(ranges.count()).isBetween(2, RANGES);
      int[] assigned = new int[VALUES];
      ranges.assign(keys, assigned);
      for (int row = 0; row < VALUES; row++) {
        Stretch unit = units.get(row / PER_UNIT);
        assertThat(assigned[row])
            .as("%s of %s", values.get(row), field)
            .isBetween(row == 0 ? 0 : assigned[row - 1], ranges.count() - 1)
            .isGreaterThanOrEqualTo(ranges.first(unit.bounds()));
        assertThat(ranges.beyondFirst(unit.bounds())).isBetween(0.0, 1.0);
      }
    }
  }

  private static ComponentBounds bounds(KeyBatch keys, int least, int greatest) {
    CanonicalColumn column = keys.columns().get(0);
    return column.type().kind().isWord()
        ? new ComponentBounds.Words(column.words()[least], column.words()[greatest], false)
        : new ComponentBounds.Bytes(bytes(column, least), bytes(column, greatest), false);
  }

  private static byte[] bytes(CanonicalColumn column, int row) {
    byte[] bytes = new byte[column.lengths()[row]];
    column.data().getBytes(column.starts()[row], bytes);
    return bytes;
  }

  @Test
  void textsThatBeginAlikeAreToldApartByWhatFollows() {
    Field name = Field.nullable("name", new ArrowType.Utf8());
    List<Stretch> units = new ArrayList<>();
    for (int unit = 0; unit < 10; unit++) {
      units.add(
          new Stretch(
              new ComponentBounds.Bytes(
                  ("customer-" + unit + "00").getBytes(StandardCharsets.UTF_8),
                  ("customer-" + unit + "99").getBytes(StandardCharsets.UTF_8),
                  false),
              100));
    }

    KeyRanges ranges = KeyRanges.of(KeyType.of(List.of(name)), units, 100);

    assertThat(ranges).isNotNull();
    // One per unit, and one for what is greater than all.
    assertThat(ranges.count()).isEqualTo(11);
    for (int unit = 0; unit < 10; unit++) {
      assertThat(ranges.first(units.get(unit).bounds())).isEqualTo(unit);
      assertThat(ranges.beyondFirst(units.get(unit).bounds())).isZero();
    }
    assertThat(assigned(name, ranges, "a", "customer", "customer-", "customer-350", "d", null))
        .containsExactly(0, 0, 0, 3, 10, 0);
  }

  private static int[] assigned(Field name, KeyRanges ranges, @Nullable String... texts) {
    MemoryBudget budget = new MemoryBudget(1 << 20);
    List<@Nullable Object> values = new ArrayList<>();
    for (String text : texts) {
      values.add(text == null ? null : text.getBytes(StandardCharsets.UTF_8));
    }
    int[] assigned = new int[texts.length];
    try (BufferAllocator allocator = BudgetedAllocator.open(budget, "test");
        FieldVector vector = Sample.vector(name, values, allocator);
        KeyBatch keys = new KeyBatch(KeyType.of(List.of(name)), allocator, budget.open("keys"))) {
      keys.load(List.of(vector), texts.length);
      ranges.assign(keys, assigned);
    }
    return assigned;
  }

  @Test
  void nothingIsDividedWithoutBounds() {
    Field id = Field.nullable("id", new ArrowType.Int(64, true));
    List<Stretch> units =
        List.of(
            new Stretch(ComponentBounds.UNKNOWN, 10), new Stretch(ComponentBounds.ONLY_NULLS, 10));

    assertThat(KeyRanges.of(KeyType.of(List.of(id)), units, 16)).isNull();
  }

  @Test
  void unitsThatOverlapCountByTheirPartBeyondTheFirstRange() {
    Field id = Field.nullable("id", new ArrowType.Int(64, true));
    List<Stretch> units =
        List.of(
            new Stretch(new ComponentBounds.Words(0, 99, false), 100),
            new Stretch(new ComponentBounds.Words(75, 174, false), 100));

    KeyRanges ranges = KeyRanges.of(KeyType.of(List.of(id)), units, 16);

    assertThat(ranges).isNotNull();
    assertThat(ranges.beyondFirst(units.get(0).bounds())).isEqualTo(0.25);
    assertThat(ranges.beyondFirst(units.get(1).bounds())).isZero();
    assertThat(ranges.beyondFirst(ComponentBounds.UNKNOWN)).isEqualTo(1);
  }
}
