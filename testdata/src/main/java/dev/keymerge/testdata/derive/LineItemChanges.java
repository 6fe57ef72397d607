package dev.keymerge.testdata.derive;

import dev.keymerge.testdata.generate.LineItems;
import java.util.List;

/**
 * Makes the changes of one day to TPC-H line items: some orders are shipped or returned (three
 * columns of each of their rows change), and some new orders come in.
 *
 * <p>Immutable, usable from any thread.
 */
public final class LineItemChanges {

  /** Names the columns that a changed row differs in. */
  public static final List<String> CHANGED_COLUMNS =
      List.of("l_returnflag", "l_linestatus", "l_receiptdate");

  private static final int RETURN_FLAG = LineItems.SCHEMA.position("l_returnflag");
  private static final int LINE_STATUS = LineItems.SCHEMA.position("l_linestatus");
  private static final int RECEIPT_DATE = LineItems.SCHEMA.position("l_receiptdate");
  private static final int ORDER_KEY = LineItems.SCHEMA.position("l_orderkey");

  private static final double ROWS_PER_ORDER = 4.0;
  private static final long MOST_DAYS_LATE = 7;
  private static final long FREE_KEY_BIT = 8;

  private LineItemChanges() {}

  /**
   * Prepares changes to neighbouring orders, and new orders whose keys are greater than all others.
   *
   * @param items the table that changes
   * @param changedOrders orders that change, as a part of all orders
   * @param newOrders new orders, as a part of the number of all orders
   * @param start where the changed orders begin, as a part of the table, from 0 to 1
   */
  public static SourceDerivation clustered(
      LineItems items, double changedOrders, double newOrders, double start) {
    long bound = items.orderKeyBound();
    return base(changedOrders)
        .inserts(newOrders, (row, hash) -> row[ORDER_KEY] = orderKey(row) + bound)
        .clusteredAt(start, Math.round(items.orders() * ROWS_PER_ORDER))
        .build();
  }

  /**
   * Prepares changes to orders all over the table, and new orders whose keys lie between the
   * others.
   *
   * @param changedOrders orders that change, as a part of all orders
   * @param newOrders new orders, as a part of the number of all orders
   * @param seed chooses the orders
   */
  public static SourceDerivation scattered(double changedOrders, double newOrders, long seed) {
    return base(changedOrders)
        .inserts(newOrders, (row, hash) -> row[ORDER_KEY] = orderKey(row) | FREE_KEY_BIT)
        .seed(seed)
        .build();
  }

  private static SourceDerivation.Builder base(double changedOrders) {
    return SourceDerivation.of(LineItems.SCHEMA, "l_orderkey", "l_linenumber")
        .groupBy("l_orderkey")
        .updates(changedOrders)
        .change(LineItemChanges::deliver);
  }

  private static long orderKey(Object[] row) {
    return (Long) row[ORDER_KEY];
  }

  private static void deliver(Object[] row, long hash) {
    row[RETURN_FLAG] = "N".equals(row[RETURN_FLAG]) ? "R" : "N";
    row[LINE_STATUS] = "O".equals(row[LINE_STATUS]) ? "F" : "O";
    row[RECEIPT_DATE] = (Long) row[RECEIPT_DATE] + 1 + Math.floorMod(hash, MOST_DAYS_LATE);
  }
}
