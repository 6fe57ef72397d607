package dev.keymerge.testdata.generate;

import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import io.airlift.tpch.Distributions;
import io.airlift.tpch.GenerateUtils;
import io.airlift.tpch.LineItem;
import io.airlift.tpch.LineItemGenerator;
import io.airlift.tpch.OrderGenerator;
import io.airlift.tpch.TextPool;
import java.math.BigDecimal;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Makes the rows of the TPC-H table LINEITEM, in the order of their key (order key, line number).
 *
 * <p>At scale 1 there are 1.5 million orders and about 6 million rows. All columns are as the
 * benchmark says but the comments, which are cut from a shorter text so that the generator fits
 * into little memory. Of every 32 order keys, the benchmark uses the first 8; the other 24 are free
 * for new orders.
 *
 * <p>Rows are made one by one as they are asked for; about {@value #TEXT_BYTES} bytes of text are
 * held meanwhile. Immutable; each iterator belongs to one thread.
 */
public final class LineItems {

  private static final int TEXT_BYTES = 8 << 20;
  private static final int CENT_DIGITS = 2;

  private static final LogicalType MONEY = LogicalType.decimal(12, CENT_DIGITS);

  /** The sixteen columns, all required. */
  public static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("l_orderkey", LogicalType.INT64),
          Column.required("l_partkey", LogicalType.INT64),
          Column.required("l_suppkey", LogicalType.INT64),
          Column.required("l_linenumber", LogicalType.INT32),
          Column.required("l_quantity", MONEY),
          Column.required("l_extendedprice", MONEY),
          Column.required("l_discount", MONEY),
          Column.required("l_tax", MONEY),
          Column.required("l_returnflag", LogicalType.STRING),
          Column.required("l_linestatus", LogicalType.STRING),
          Column.required("l_shipdate", LogicalType.DATE),
          Column.required("l_commitdate", LogicalType.DATE),
          Column.required("l_receiptdate", LogicalType.DATE),
          Column.required("l_shipinstruct", LogicalType.STRING),
          Column.required("l_shipmode", LogicalType.STRING),
          Column.required("l_comment", LogicalType.STRING));

  private final double scale;
  private final Distributions distributions;
  private final TextPool text;

  private LineItems(double scale, Distributions distributions, TextPool text) {
    this.scale = scale;
    this.distributions = distributions;
    this.text = text;
  }

  /** Prepares the table of a scale, for example 0.01, 1 or 10. */
  public static LineItems ofScale(double scale) {
    Distributions distributions = Distributions.getDefaultDistributions();
    return new LineItems(scale, distributions, new TextPool(TEXT_BYTES, distributions));
  }

  /** Tells the number of orders, each of which has one to seven rows. */
  public long orders() {
    return GenerateUtils.calculateRowCount(OrderGenerator.SCALE_BASE, scale, 1, 1);
  }

  /** Gives a number that is greater than every order key, a multiple of 32. */
  public long orderKeyBound() {
    return Math.addExact(orders(), 8) / 8 * 32;
  }

  /** Makes all rows. */
  public Iterable<@Nullable Object[]> rows() {
    return rows(0, 1);
  }

  /** Makes the rows of one of several parts of about equal size, the first of which is part 0. */
  public Iterable<@Nullable Object[]> rows(int part, int parts) {
    LineItemGenerator generator =
        new LineItemGenerator(scale, part + 1, parts, distributions, text);
    return () -> new RowIterator(generator.iterator());
  }

  /** Turns generated items into rows. */
  private static final class RowIterator implements Iterator<@Nullable Object[]> {
    private final Iterator<LineItem> items;

    RowIterator(Iterator<LineItem> items) {
      this.items = items;
    }

    @Override
    public boolean hasNext() {
      return items.hasNext();
    }

    @Override
    public @Nullable Object[] next() {
      LineItem item = items.next();
      return new @Nullable Object[] {
        item.getOrderKey(),
        item.getPartKey(),
        item.getSupplierKey(),
        (long) item.getLineNumber(),
        BigDecimal.valueOf(item.getQuantity() * 100, CENT_DIGITS),
        BigDecimal.valueOf(item.getExtendedPriceInCents(), CENT_DIGITS),
        BigDecimal.valueOf(item.getDiscountPercent(), CENT_DIGITS),
        BigDecimal.valueOf(item.getTaxPercent(), CENT_DIGITS),
        item.getReturnFlag(),
        item.getStatus(),
        (long) item.getShipDate(),
        (long) item.getCommitDate(),
        (long) item.getReceiptDate(),
        item.getShipInstructions(),
        item.getShipMode(),
        item.getComment()
      };
    }
  }
}
