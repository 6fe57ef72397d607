package dev.keymerge.internal.index;

import dev.keymerge.internal.key.BlockedBloomFilter;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.KeyRows;
import dev.keymerge.internal.key.KeyShape;
import dev.keymerge.internal.spill.SpillWriter;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Finds the record of a key by open addressing: slots of one word that hold the salt of the hash
 * above the record's number plus one, and records of a few words.
 *
 * <pre>
 *   record:  row state | key                         | order value, if there is an order column
 *                        WORD:  the word
 *                        PAIR:  both words
 *                        BYTES: hash, arena address
 * </pre>
 *
 * <p>Slots double when two thirds are taken; records lie in chunks that never move once the first
 * is full. Whatever grows asks the allocator, and a refusal leaves the table as it was.
 *
 * <p>Slot and record numbers come from the table itself and are always within its buffers, so they
 * are read and written by memory address, without the checks that would cost more than the access.
 * Nothing may be called after {@link #close}.
 *
 * <p>Adding is for one thread; any number of threads may search meanwhile nothing is added. The
 * owner closes it before the memory.
 */
final class KeyTable implements AutoCloseable {
  private static final int CHUNK_BITS = 12;
  private static final int CHUNK_RECORDS = 1 << CHUNK_BITS;
  private static final int FIRST_RECORDS = 64;
  private static final int FIRST_SLOTS = 128;
  private static final int HASHED_AT_ONCE = 256;

  /**
   * No search goes past this many slots unless hashes repeat: at two thirds full the longest runs
   * of millions of keys are a tenth of it.
   */
  private static final int LONG_SEARCH = 2048;

  private static final long RECORD_MASK = (1L << RowState.ORDINAL_BITS) - 1;
  private static final long SALT_MASK = ~RECORD_MASK;

  private final KeyShape shape;
  private final KeyHash hash;
  private final IndexMemory memory;
  private final int recordBytes;
  private final int orderOffset;
  private final ByteArena keyBytes;

  private ArrowBuf slots;
  private long slotsAddress;
  private long mask;
  private ArrowBuf[] chunks = new ArrowBuf[1];
  private long[] chunkAddresses = new long[1];
  private int chunkCount;
  private long records;
  private long recordRoom;
  private int firstRoom = FIRST_RECORDS;
  private boolean crowded;
  private boolean closed;

  KeyTable(KeyShape shape, KeyHash hash, boolean ordered, IndexMemory memory) {
    this.shape = shape;
    this.hash = hash;
    this.memory = memory;
    orderOffset = (shape == KeyShape.WORD ? 2 : 3) * Long.BYTES;
    recordBytes = orderOffset + (ordered ? Long.BYTES : 0);
    keyBytes = new ByteArena(memory);
    slots = emptySlots(FIRST_SLOTS);
    slotsAddress = slots.memoryAddress();
    mask = FIRST_SLOTS - 1;
  }

  private ArrowBuf emptySlots(long count) {
    ArrowBuf buffer = memory.buffer(count * Long.BYTES);
    buffer.setZero(0, count * Long.BYTES);
    return buffer;
  }

  /** Returns how many keys the table holds. */
  long records() {
    return records;
  }

  /**
   * Returns whether so many keys share a hash that searching has become slow; sorting finds them
   * faster then.
   */
  boolean crowded() {
    return crowded;
  }

  /** Returns the bytes of memory that the table holds. */
  long bytes() {
    long bytes = slots.capacity() + keyBytes.bytes();
    for (int index = 0; index < chunkCount; index++) {
      bytes += chunks[index].capacity();
    }
    return bytes;
  }

  /** Returns the bytes of the slots of a table of {@code keys} keys. */
  static long slotBytesFor(long keys) {
    long slots = FIRST_SLOTS;
    while (keys * 3 > slots * 2) {
      slots *= 2;
    }
    return slots * Long.BYTES;
  }

  /** Returns how many bytes a table takes at least for each of many keys. */
  static long leastBytesPerKey(KeyShape shape) {
    long slotBytes = Long.BYTES * 3 / 2;
    return switch (shape) {
      case WORD -> 2 * Long.BYTES + slotBytes;
      case PAIR -> 3 * Long.BYTES + slotBytes;
      case BYTES -> 3 * Long.BYTES + Integer.BYTES + slotBytes;
    };
  }

  /** Returns for how many records a table of {@code keys} keys has room, which it pays for. */
  static long roomFor(long keys) {
    if (keys > CHUNK_RECORDS) {
      return (keys + CHUNK_RECORDS - 1) / CHUNK_RECORDS * CHUNK_RECORDS;
    }
    long room = FIRST_RECORDS;
    while (room < keys) {
      room *= 2;
    }
    return room;
  }

  /**
   * Makes an empty table large enough for the slots of {@code expected} keys, and has it take their
   * first records at once.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses; the table stays usable
   */
  void expect(long expected) {
    long wanted = slotBytesFor(expected) / Long.BYTES;
    // Growing would need room for what is copied twice, for which nobody has planned.
    firstRoom = (int) Math.min(CHUNK_RECORDS, roomFor(expected));
    if (records == 0 && wanted > mask + 1) {
      ArrowBuf larger = emptySlots(wanted);
      memory.release(slots);
      slots = larger;
      slotsAddress = larger.memoryAddress();
      mask = wanted - 1;
    }
  }

  /**
   * Writes a record as {@link RowFormat} lays rows out, but its order value, and returns where in
   * memory that goes.
   *
   * @param orderBytes bytes that the order value takes
   */
  long write(long record, SpillWriter out, int orderBytes) {
    long from = address(record);
    if (shape != KeyShape.BYTES) {
      long to = out.append(orderOffset + orderBytes);
      MemoryUtil.copyMemory(from, to, orderOffset);
      return to + orderOffset;
    }
    long key = keyBytes.memoryAddress(MemoryUtil.getLong(from + 2 * Long.BYTES));
    int keyLength = Integer.BYTES + MemoryUtil.getInt(key);
    long to = out.append(Long.BYTES + keyLength + orderBytes);
    MemoryUtil.putLong(to, MemoryUtil.getLong(from));
    MemoryUtil.copyMemory(key, to + Long.BYTES, keyLength);
    return to + Long.BYTES + keyLength;
  }

  /** Returns the bytes of the slots. */
  long slotBytes() {
    return (mask + 1) * Long.BYTES;
  }

  /** Returns what the first slot for a hash holds: 0 if the key is certainly absent. */
  long firstEntry(long keyHash) {
    return MemoryUtil.getLong(slotsAddress + HashBits.slot(keyHash, mask) * Long.BYTES);
  }

  /**
   * Returns the record behind the first entry from {@code firstEntry} on that has the salt of the
   * hash, or -1 if the key is certainly absent; {@code firstEntry} is what the method of that name
   * said.
   */
  long candidate(long firstEntry, long keyHash) {
    long salt = HashBits.salt(keyHash);
    long slot = HashBits.slot(keyHash, mask);
    long entry = firstEntry;
    while (entry != 0 && (entry & SALT_MASK) != salt) {
      slot = slot + 1 & mask;
      entry = MemoryUtil.getLong(slotsAddress + slot * Long.BYTES);
    }
    return (entry & RECORD_MASK) - 1;
  }

  /** Returns the record of the key in {@code row}, or -1. */
  long find(KeyRows keys, int row, long keyHash) {
    long salt = HashBits.salt(keyHash);
    long slot = HashBits.slot(keyHash, mask);
    long entry = MemoryUtil.getLong(slotsAddress + slot * Long.BYTES);
    while (entry != 0) {
      if ((entry & SALT_MASK) == salt) {
        long record = (entry & RECORD_MASK) - 1;
        if (holds(record, keys, row, keyHash)) {
          return record;
        }
      }
      slot = slot + 1 & mask;
      entry = MemoryUtil.getLong(slotsAddress + slot * Long.BYTES);
    }
    return -1;
  }

  /** Returns whether {@code record} is that of the key in {@code row}. */
  boolean holds(long record, KeyRows keys, int row, long keyHash) {
    long at = address(record);
    if (RowState.nulls(MemoryUtil.getLong(at)) != keys.nulls()[row]) {
      return false;
    }
    long first = MemoryUtil.getLong(at + Long.BYTES);
    if (shape == KeyShape.WORD) {
      return first == keys.first()[row];
    }
    long second = MemoryUtil.getLong(at + 2 * Long.BYTES);
    if (shape == KeyShape.PAIR) {
      return first == keys.first()[row] && second == keys.second()[row];
    }
    return first == keyHash
        && ByteArena.matches(
            keyBytes.memoryAddress(second),
            keys.data().memoryAddress() + keys.starts()[row],
            keys.lengths()[row]);
  }

  /**
   * Reads from what {@link #holds} will compare, so that the next such read finds it near; returns
   * anything.
   */
  long touchBytes(long record) {
    return MemoryUtil.getInt(
        keyBytes.memoryAddress(MemoryUtil.getLong(address(record) + 2 * Long.BYTES)));
  }

  /**
   * Adds a key that is not there yet.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses; no key has been added
   *     then
   */
  void add(KeyRows keys, int row, long keyHash, long state, long order) {
    if ((records + 1) * 3 > (mask + 1) * 2) {
      growSlots();
    }
    if (records == recordRoom) {
      growRecords();
    }
    long first = shape == KeyShape.BYTES ? keyHash : keys.first()[row];
    long second =
        switch (shape) {
          case WORD -> 0;
          case PAIR -> keys.second()[row];
          case BYTES -> {
            int length = keys.lengths()[row];
            yield keyBytes.add(keys.data(), keys.starts()[row], length, length);
          }
        };
    long at = address(records);
    MemoryUtil.putLong(at, state);
    MemoryUtil.putLong(at + Long.BYTES, first);
    if (shape != KeyShape.WORD) {
      MemoryUtil.putLong(at + 2 * Long.BYTES, second);
    }
    if (recordBytes > orderOffset) {
      MemoryUtil.putLong(at + orderOffset, order);
    }
    records++;
    crowded |= enter(slotsAddress, mask, keyHash, records);
  }

  /** Returns whether the search for a free slot was too long to be chance. */
  private static boolean enter(long slots, long mask, long keyHash, long recordPlusOne) {
    long slot = HashBits.slot(keyHash, mask);
    long first = slot;
    while (MemoryUtil.getLong(slots + slot * Long.BYTES) != 0) {
      slot = slot + 1 & mask;
    }
    MemoryUtil.putLong(slots + slot * Long.BYTES, HashBits.salt(keyHash) | recordPlusOne);
    return (slot - first & mask) >= LONG_SEARCH;
  }

  private void growSlots() {
    long grownMask = mask * 2 + 1;
    ArrowBuf grown = emptySlots(grownMask + 1);
    long[] hashes = new long[HASHED_AT_ONCE];
    for (long from = 0; from < records; from += HASHED_AT_ONCE) {
      int count = (int) Math.min(HASHED_AT_ONCE, records - from);
      hashRecords(from, count, hashes);
      for (int index = 0; index < count; index++) {
        enter(grown.memoryAddress(), grownMask, hashes[index], from + index + 1);
      }
    }
    memory.release(slots);
    slots = grown;
    slotsAddress = grown.memoryAddress();
    mask = grownMask;
  }

  private void hashRecords(long from, int count, long[] hashes) {
    if (shape == KeyShape.BYTES) {
      for (int index = 0; index < count; index++) {
        hashes[index] = MemoryUtil.getLong(address(from + index) + Long.BYTES);
      }
      return;
    }
    long[] first = new long[count];
    long[] second = new long[count];
    int[] nulls = new int[count];
    for (int index = 0; index < count; index++) {
      long at = address(from + index);
      nulls[index] = RowState.nulls(MemoryUtil.getLong(at));
      first[index] = MemoryUtil.getLong(at + Long.BYTES);
      if (shape == KeyShape.PAIR) {
        second[index] = MemoryUtil.getLong(at + 2 * Long.BYTES);
      }
    }
    if (shape == KeyShape.WORD) {
      hash.words(first, nulls, count, hashes);
    } else {
      hash.pairs(first, second, nulls, count, hashes);
    }
  }

  private void growRecords() {
    if (records == 0 || records >= CHUNK_RECORDS) {
      int room = records == 0 ? firstRoom : CHUNK_RECORDS;
      ArrowBuf fresh = memory.buffer((long) room * recordBytes);
      if (chunkCount == chunks.length) {
        chunks = Arrays.copyOf(chunks, 2 * chunkCount);
        chunkAddresses = Arrays.copyOf(chunkAddresses, 2 * chunkCount);
      }
      chunkAddresses[chunkCount] = fresh.memoryAddress();
      chunks[chunkCount++] = fresh;
      recordRoom += room;
      return;
    }
    ArrowBuf grown = memory.buffer(2 * recordRoom * recordBytes);
    grown.setBytes(0, chunks[0], 0, records * recordBytes);
    memory.release(chunks[0]);
    chunks[0] = grown;
    chunkAddresses[0] = grown.memoryAddress();
    recordRoom *= 2;
  }

  private long address(long record) {
    return chunkAddresses[(int) (record >>> CHUNK_BITS)]
        + (record & CHUNK_RECORDS - 1) * recordBytes;
  }

  /** Returns the state of a record, see {@link RowState}. */
  long state(long record) {
    return MemoryUtil.getLong(address(record));
  }

  /** Replaces the state of a record; its null bits must stay. */
  void setState(long record, long state) {
    MemoryUtil.putLong(address(record), state);
  }

  /** Returns the order word of a record; only in a table with an order column. */
  long order(long record) {
    return MemoryUtil.getLong(address(record) + orderOffset);
  }

  /** Replaces the order word of a record; only in a table with an order column. */
  void setOrder(long record, long order) {
    MemoryUtil.putLong(address(record) + orderOffset, order);
  }

  /** Adds the hash of every key to {@code filter}. */
  void addTo(BlockedBloomFilter filter) {
    long[] hashes = new long[HASHED_AT_ONCE];
    for (long from = 0; from < records; from += HASHED_AT_ONCE) {
      int count = (int) Math.min(HASHED_AT_ONCE, records - from);
      hashRecords(from, count, hashes);
      for (int index = 0; index < count; index++) {
        filter.add(hashes[index]);
      }
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    chunkAddresses = new long[0];
    memory.release(slots);
    while (chunkCount > 0) {
      memory.release(chunks[--chunkCount]);
    }
    keyBytes.close();
  }
}
