package dev.keymerge.internal.index;

import dev.keymerge.internal.key.BlockedBloomFilter;
import dev.keymerge.internal.key.KeyBatch;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.KeyShape;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

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
 * <p>Adding is for one thread; any number of threads may search meanwhile nothing is added. The
 * owner closes it before the allocator.
 */
final class KeyTable implements AutoCloseable {
  private static final int CHUNK_BITS = 12;
  private static final int CHUNK_RECORDS = 1 << CHUNK_BITS;
  private static final int FIRST_RECORDS = 64;
  private static final int FIRST_SLOTS = 128;
  private static final int HASHED_AT_ONCE = 256;
  private static final long RECORD_MASK = (1L << RowState.ORDINAL_BITS) - 1;
  private static final long SALT_MASK = ~RECORD_MASK;

  private final KeyShape shape;
  private final KeyHash hash;
  private final BufferAllocator allocator;
  private final int recordBytes;
  private final int orderOffset;
  private final ByteArena keyBytes;

  private ArrowBuf slots;
  private long mask;
  private ArrowBuf[] chunks = new ArrowBuf[1];
  private int chunkCount;
  private long records;
  private long recordRoom;

  KeyTable(KeyShape shape, KeyHash hash, boolean ordered, BufferAllocator allocator) {
    this.shape = shape;
    this.hash = hash;
    this.allocator = allocator;
    orderOffset = (shape == KeyShape.WORD ? 2 : 3) * Long.BYTES;
    recordBytes = orderOffset + (ordered ? Long.BYTES : 0);
    keyBytes = new ByteArena(allocator);
    slots = emptySlots(FIRST_SLOTS);
    mask = FIRST_SLOTS - 1;
  }

  private ArrowBuf emptySlots(long count) {
    ArrowBuf buffer = allocator.buffer(count * Long.BYTES);
    buffer.setZero(0, count * Long.BYTES);
    return buffer;
  }

  /** Returns how many keys the table holds. */
  long records() {
    return records;
  }

  /** Returns the bytes of the slots. */
  long slotBytes() {
    return (mask + 1) * Long.BYTES;
  }

  /** Returns what the first slot for a hash holds: 0 if the key is certainly absent. */
  long firstEntry(long keyHash) {
    return slots.getLong(HashBits.slot(keyHash, mask) * Long.BYTES);
  }

  /**
   * Returns the record of the key in {@code row}, or -1; {@code firstEntry} is what the method of
   * that name said.
   */
  long find(long firstEntry, KeyBatch keys, int row, long keyHash) {
    long salt = HashBits.salt(keyHash);
    long slot = HashBits.slot(keyHash, mask);
    long entry = firstEntry;
    while (entry != 0) {
      if ((entry & SALT_MASK) == salt) {
        long record = (entry & RECORD_MASK) - 1;
        if (holds(record, keys, row, keyHash)) {
          return record;
        }
      }
      slot = slot + 1 & mask;
      entry = slots.getLong(slot * Long.BYTES);
    }
    return -1;
  }

  private boolean holds(long record, KeyBatch keys, int row, long keyHash) {
    ArrowBuf chunk = chunk(record);
    long at = offset(record);
    if (RowState.nulls(chunk.getLong(at)) != keys.nulls()[row]) {
      return false;
    }
    long first = chunk.getLong(at + Long.BYTES);
    return switch (shape) {
      case WORD -> first == keys.first()[row];
      case PAIR ->
          first == keys.first()[row] && chunk.getLong(at + 2 * Long.BYTES) == keys.second()[row];
      case BYTES ->
          first == keyHash
              && keyBytes.matches(
                  chunk.getLong(at + 2 * Long.BYTES),
                  keys.data(),
                  keys.starts()[row],
                  keys.lengths()[row]);
    };
  }

  /**
   * Adds a key that is not there yet.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses; no key has been added
   *     then
   */
  void add(KeyBatch keys, int row, long keyHash, long state, long order) {
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
    ArrowBuf chunk = chunk(records);
    long at = offset(records);
    chunk.setLong(at, state);
    chunk.setLong(at + Long.BYTES, first);
    if (shape != KeyShape.WORD) {
      chunk.setLong(at + 2 * Long.BYTES, second);
    }
    if (recordBytes > orderOffset) {
      chunk.setLong(at + orderOffset, order);
    }
    records++;
    enter(slots, mask, keyHash, records);
  }

  private static void enter(ArrowBuf slots, long mask, long keyHash, long recordPlusOne) {
    long slot = HashBits.slot(keyHash, mask);
    while (slots.getLong(slot * Long.BYTES) != 0) {
      slot = slot + 1 & mask;
    }
    slots.setLong(slot * Long.BYTES, HashBits.salt(keyHash) | recordPlusOne);
  }

  private void growSlots() {
    long grownMask = mask * 2 + 1;
    ArrowBuf grown = emptySlots(grownMask + 1);
    long[] hashes = new long[HASHED_AT_ONCE];
    for (long from = 0; from < records; from += HASHED_AT_ONCE) {
      int count = (int) Math.min(HASHED_AT_ONCE, records - from);
      hashRecords(from, count, hashes);
      for (int index = 0; index < count; index++) {
        enter(grown, grownMask, hashes[index], from + index + 1);
      }
    }
    slots.close();
    slots = grown;
    mask = grownMask;
  }

  private void hashRecords(long from, int count, long[] hashes) {
    if (shape == KeyShape.BYTES) {
      for (int index = 0; index < count; index++) {
        hashes[index] = chunk(from + index).getLong(offset(from + index) + Long.BYTES);
      }
      return;
    }
    long[] first = new long[count];
    long[] second = new long[count];
    int[] nulls = new int[count];
    for (int index = 0; index < count; index++) {
      ArrowBuf chunk = chunk(from + index);
      long at = offset(from + index);
      nulls[index] = RowState.nulls(chunk.getLong(at));
      first[index] = chunk.getLong(at + Long.BYTES);
      if (shape == KeyShape.PAIR) {
        second[index] = chunk.getLong(at + 2 * Long.BYTES);
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
      int room = records == 0 ? FIRST_RECORDS : CHUNK_RECORDS;
      ArrowBuf fresh = allocator.buffer((long) room * recordBytes);
      if (chunkCount == chunks.length) {
        chunks = Arrays.copyOf(chunks, 2 * chunkCount);
      }
      chunks[chunkCount++] = fresh;
      recordRoom += room;
      return;
    }
    ArrowBuf grown = allocator.buffer(2 * recordRoom * recordBytes);
    grown.setBytes(0, chunks[0], 0, records * recordBytes);
    chunks[0].close();
    chunks[0] = grown;
    recordRoom *= 2;
  }

  private ArrowBuf chunk(long record) {
    return chunks[(int) (record >>> CHUNK_BITS)];
  }

  private long offset(long record) {
    return (record & CHUNK_RECORDS - 1) * recordBytes;
  }

  /** Returns the state of a record, see {@link RowState}. */
  long state(long record) {
    return chunk(record).getLong(offset(record));
  }

  /** Replaces the state of a record; its null bits must stay. */
  void setState(long record, long state) {
    chunk(record).setLong(offset(record), state);
  }

  /** Returns the order word of a record; only in a table with an order column. */
  long order(long record) {
    return chunk(record).getLong(offset(record) + orderOffset);
  }

  /** Replaces the order word of a record; only in a table with an order column. */
  void setOrder(long record, long order) {
    chunk(record).setLong(offset(record) + orderOffset, order);
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
    slots.close();
    while (chunkCount > 0) {
      chunks[--chunkCount].close();
    }
    keyBytes.close();
  }
}
