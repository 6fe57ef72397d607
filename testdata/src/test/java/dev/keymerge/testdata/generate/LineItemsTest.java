package dev.keymerge.testdata.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.row.TableSchema;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LineItemsTest {

  private static final double SMALL = 0.001;

  private static List<String> texts(Iterable<@Nullable Object[]> rows) {
    List<String> texts = new ArrayList<>();
    rows.forEach(row -> texts.add(Arrays.toString(row)));
    return texts;
  }

  @Test
  void theFirstRowIsTheOneThatTheBenchmarkPublishes() {
    Object[] row = LineItems.ofScale(1).rows().iterator().next();
    TableSchema schema = LineItems.SCHEMA;

    assertThat(row[schema.position("l_orderkey")]).isEqualTo(1L);
    assertThat(row[schema.position("l_partkey")]).isEqualTo(155190L);
    assertThat(row[schema.position("l_suppkey")]).isEqualTo(7706L);
    assertThat(row[schema.position("l_linenumber")]).isEqualTo(1L);
    assertThat(row[schema.position("l_quantity")]).isEqualTo(new BigDecimal("17.00"));
    assertThat(row[schema.position("l_extendedprice")]).isEqualTo(new BigDecimal("21168.23"));
    assertThat(row[schema.position("l_discount")]).isEqualTo(new BigDecimal("0.04"));
    assertThat(row[schema.position("l_tax")]).isEqualTo(new BigDecimal("0.02"));
    assertThat(row[schema.position("l_returnflag")]).isEqualTo("N");
    assertThat(row[schema.position("l_linestatus")]).isEqualTo("O");
    assertThat(row[schema.position("l_shipdate")])
        .isEqualTo(LocalDate.of(1996, 3, 13).toEpochDay());
    assertThat(row[schema.position("l_shipinstruct")]).isEqualTo("DELIVER IN PERSON");
    assertThat(row[schema.position("l_shipmode")]).isEqualTo("TRUCK");
  }

  @Test
  void partsMakeTheWholeInOrder() {
    LineItems items = LineItems.ofScale(SMALL);

    List<String> parts = new ArrayList<>();
    for (int part = 0; part < 4; part++) {
      parts.addAll(texts(items.rows(part, 4)));
    }

    assertThat(parts).isEqualTo(texts(items.rows())).hasSizeBetween(5500, 6500);
  }

  @Test
  void keysAscendStaySparseAndStayBelowTheBound() {
    LineItems items = LineItems.ofScale(SMALL);

    long previous = 0;
    for (Object[] row : items.rows()) {
      long key = (Long) row[0] * 8 + (Long) row[3];
      assertThat(key).isGreaterThan(previous);
      assertThat((Long) row[0] & 0b11000).isZero();
      assertThat((Long) row[0]).isLessThan(items.orderKeyBound());
      previous = key;
    }
  }
}
