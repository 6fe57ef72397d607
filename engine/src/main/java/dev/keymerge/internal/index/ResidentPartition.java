package dev.keymerge.internal.index;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.internal.key.ValueRows;
import dev.keymerge.internal.spill.SpillWriter;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * Holds a partition's keys in memory.
 *
 * <p>Of rows with equal keys the one with the greatest order value wins; where that does not
 * decide, the policy does. A row loses at once and leaves nothing behind, so memory follows the
 * distinct keys.
 */
final class ResidentPartition implements KeyPartition {
  /**
   * An order value of bytes takes an address, below this byte that holds the logarithm of the room
   * it has.
   */
  private static final int ROOM_SHIFT = 56;

  private static final int LEAST_ROOM = 16;

  private final KeyTable table;
  private final @Nullable ByteArena orderBytes;
  private final DuplicatePolicy policy;
  private final @Nullable SourceWinners winners;
  private final TiedRows tiedRows;

  /**
   * Creates an empty partition.
   *
   * @param winners told who wins and who loses, or null if they were told before
   */
  ResidentPartition(
      KeyTable table,
      @Nullable IndexMemory orderMemory,
      DuplicatePolicy policy,
      @Nullable SourceWinners winners,
      TiedRows tiedRows) {
    this.table = table;
    this.orderBytes = orderMemory == null ? null : new ByteArena(orderMemory);
    this.policy = policy;
    this.winners = winners;
    this.tiedRows = tiedRows;
  }

  KeyTable table() {
    return table;
  }

  @Override
  public long keys() {
    return table.records();
  }

  @Override
  public long touch(long keyHash) {
    return table.firstEntry(keyHash);
  }

  @Override
  public void add(SourceRows rows, int row, long keyHash) {
    long record = table.find(rows.keys(), row, keyHash);
    if (record >= 0) {
      settle(rows, row, record);
      return;
    }
    long state = rows.states()[row];
    expectChange(state, state);
    ValueRows order = rows.order();
    long orderWord = order == null ? 0 : storeOrder(order, row);
    table.add(rows.keys(), row, keyHash, state, orderWord);
    if (winners != null) {
      winners.wins(RowState.ordinal(state), RowState.isMarked(state));
    }
  }

  /**
   * Has room made for what is told about winners: a row that is refused is added once more, so
   * either the table and the winners know of it or neither does.
   */
  private void expectChange(long winner, long loser) {
    if (winners != null) {
      winners.expect(
          RowState.ordinal(winner),
          RowState.isMarked(winner),
          RowState.ordinal(loser),
          RowState.isMarked(loser));
    }
  }

  private void settle(SourceRows rows, int row, long record) {
    long held = table.state(record);
    ValueRows order = rows.order();
    int comparison = order == null ? 0 : compareOrder(rows, order, row, record);
    if (comparison > 0 || comparison == 0 && policy == DuplicatePolicy.LAST) {
      long state = rows.states()[row];
      expectChange(state, held);
      if (order != null && comparison > 0) {
        replaceOrder(order, row, record);
      }
      table.setState(record, state);
      if (winners != null) {
        winners.loses(RowState.ordinal(held), RowState.isMarked(held));
        winners.wins(RowState.ordinal(state), RowState.isMarked(state));
      }
      if (RowState.isTied(held)) {
        tiedRows.resolve(RowState.ordinal(held));
      }
    } else if (comparison == 0 && policy == DuplicatePolicy.FAIL) {
      table.setState(record, RowState.tied(held));
      tiedRows.tie(RowState.ordinal(held), rows, row);
    }
  }

  private int compareOrder(SourceRows rows, ValueRows order, int row, long record) {
    boolean heldNull = RowState.isOrderNull(table.state(record));
    boolean givenNull = RowState.isOrderNull(rows.states()[row]);
    if (heldNull || givenNull) {
      return Boolean.compare(heldNull, givenNull);
    }
    long word = table.order(record);
    return orderBytes == null
        ? Long.compare(order.words()[row], word)
        : -orderBytes.compare(word, order.data(), order.starts()[row], order.lengths()[row]);
  }

  private long storeOrder(ValueRows order, int row) {
    if (orderBytes == null) {
      return order.words()[row];
    }
    int length = order.lengths()[row];
    // Room in powers of two bounds what ever longer values of one key can waste.
    int room = Math.max(LEAST_ROOM, Integer.highestOneBit(Math.max(1, length - 1)) << 1);
    if (room < length) {
      room = length;
    }
    long address = orderBytes.add(order.data(), order.starts()[row], length, room);
    int logarithm = Long.SIZE - 1 - Long.numberOfLeadingZeros(room);
    return (long) logarithm << ROOM_SHIFT | address;
  }

  private void replaceOrder(ValueRows order, int row, long record) {
    if (orderBytes == null) {
      table.setOrder(record, order.words()[row]);
      return;
    }
    long word = table.order(record);
    long room = 1L << (word >>> ROOM_SHIFT);
    int length = order.lengths()[row];
    if (length <= room) {
      orderBytes.set(word, order.data(), order.starts()[row], length);
    } else {
      table.setOrder(record, storeOrder(order, row));
    }
  }

  /** Returns the bytes of memory that the partition holds. */
  long bytes() {
    return table.bytes() + (orderBytes == null ? 0 : orderBytes.bytes());
  }

  /**
   * Writes all keys with what is known of their winners, in the order in which they came, as {@link
   * RowFormat} lays rows out.
   */
  void spillTo(SpillWriter out, boolean ordered) {
    for (long record = 0; record < table.records(); record++) {
      if (!ordered) {
        table.write(record, out, 0);
      } else if (orderBytes == null) {
        MemoryUtil.putLong(table.write(record, out, Long.BYTES), table.order(record));
      } else {
        long value = orderBytes.memoryAddress(table.order(record));
        int bytes = Integer.BYTES + MemoryUtil.getInt(value);
        MemoryUtil.copyMemory(value, table.write(record, out, bytes), bytes);
      }
    }
  }

  @Override
  public void close() {
    table.close();
    if (orderBytes != null) {
      orderBytes.close();
    }
  }
}
