package dev.keymerge.internal.scan;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks the metadata of one Arrow message, or the footer of an Arrow file, before a library gets
 * them that follows every reference in them and makes every array that they ask for.
 *
 * <p>Nothing may lead out of the bytes or back, parts may not be shared or nested without end, and
 * no buffer may leave the body. What passes makes a reader allocate no more than {@link
 * #objectBytes}. An instance is one walk; not thread-safe.
 */
final class IpcMetadata {
  /** Kinds of messages, as the format numbers them. */
  enum Kind {
    /** Lists the columns. */
    SCHEMA,
    /** Gives the values that dictionary-encoded columns point to. */
    DICTIONARY,
    /** Gives rows. */
    BATCH
  }

  /**
   * States what a message says of itself.
   *
   * @param kind what it is
   * @param bodyBytes how long the body behind it is
   */
  record Message(Kind kind, long bodyBytes) {}

  /**
   * Says where a message lies in an Arrow file.
   *
   * @param offset where its length stands
   * @param metadataBytes bytes of its length and metadata
   * @param bodyBytes bytes of its body
   */
  record Block(long offset, int metadataBytes, long bodyBytes) {}

  /** Columns nest no deeper in any real schema; every level takes a frame of the stack. */
  private static final int DEEPEST = 64;

  /** The longest number text that a message to the user may have to show. */
  private static final int MOST_DECIMAL_DIGITS = 76;

  /** What a reader makes of one table, about: a field with its vector is the largest. */
  private static final int TABLE_BYTES = 1024;

  private static final int STRUCT_BYTES = 64;
  private static final int NODE_BYTES = 16;
  private static final int BUFFER_BYTES = 16;
  private static final int BLOCK_BYTES = 24;
  private static final int DECIMAL_TYPE = 7;
  private static final int ABSENT = -1;

  private final ByteBuffer bytes;
  private final int end;
  private int tables;
  private long objectBytes;

  /** How many nodes each column of the schema has in a batch, those of its children included. */
  private final List<Integer> columnNodes = new ArrayList<>();

  private int fields;

  private IpcMetadata(ByteBuffer metadata) {
    this.bytes = metadata.slice().order(ByteOrder.LITTLE_ENDIAN);
    this.end = bytes.limit();
  }

  /** Starts the walk through the remaining bytes of {@code metadata}, which stays as it is. */
  static IpcMetadata of(ByteBuffer metadata) {
    return new IpcMetadata(metadata);
  }

  /** Returns how many bytes of objects a reader makes of what has been walked through, about. */
  long objectBytes() {
    return objectBytes;
  }

  /** Returns how many nodes each column of the schema that was walked through has in a batch. */
  List<Integer> columnNodes() {
    return columnNodes;
  }

  /**
   * Walks through a message.
   *
   * @param nodesOfColumns what {@link #columnNodes} said of the schema
   * @param bodyBytes length of the body if it is known from elsewhere, or -1
   * @throws MalformedIpcException if something is wrong with it
   */
  Message message(long bodyBytes, List<Integer> nodesOfColumns) {
    int root = table(target(0), 0);
    int kind = optionalByte(root, 1);
    long declared = optionalLong(root, 3);
    if (declared < 0) {
      throw new MalformedIpcException("a message has a body of " + declared + " bytes");
    }
    long body = bodyBytes < 0 ? declared : bodyBytes;
    keyValues(root, 4);
    int header = requiredTable(root, 2, "a message has no header");
    switch (kind) {
      case 1:
        schema(header);
        return new Message(Kind.SCHEMA, declared);
      case 2:
        batch(requiredTable(header, 1, "a dictionary has no values"), body, List.of(1));
        return new Message(Kind.DICTIONARY, declared);
      case 3:
        batch(header, body, nodesOfColumns);
        return new Message(Kind.BATCH, declared);
      default:
        throw new MalformedIpcException("a message is of kind " + kind + ", not rows or columns");
    }
  }

  /**
   * Walks through the footer of a file and tells {@code blocks} of every message that it names.
   *
   * @throws MalformedIpcException if something is wrong with it
   */
  void footer(BlockVisitor blocks) {
    int root = table(target(0), 0);
    schema(requiredTable(root, 1, "its footer names no columns"));
    blocks(root, 2, Kind.DICTIONARY, blocks);
    blocks(root, 3, Kind.BATCH, blocks);
    keyValues(root, 4);
  }

  /** Is told where the messages of a file lie. */
  interface BlockVisitor {
    void block(Kind kind, Block block);
  }

  private void blocks(int root, int id, Kind kind, BlockVisitor visitor) {
    int at = field(root, id, Integer.BYTES);
    if (at == ABSENT) {
      return;
    }
    int vector = target(at);
    int count = elements(vector, BLOCK_BYTES);
    objectBytes += (long) count * STRUCT_BYTES;
    for (int index = 0; index < count; index++) {
      int block = vector + Integer.BYTES + index * BLOCK_BYTES;
      visitor.block(
          kind,
          new Block(bytes.getLong(block), bytes.getInt(block + 8), bytes.getLong(block + 16)));
    }
  }

  private void schema(int schema) {
    fields(schema, 1, 0);
    keyValues(schema, 2);
    longs(schema, 3);
  }

  private void fields(int table, int id, int depth) {
    if (depth > DEEPEST) {
      throw new MalformedIpcException(
          "its columns are nested more than " + DEEPEST + " levels deep");
    }
    int at = field(table, id, Integer.BYTES);
    if (at == ABSENT) {
      return;
    }
    int vector = target(at);
    int count = elements(vector, Integer.BYTES);
    for (int index = 0; index < count; index++) {
      fieldTable(table(target(vector + Integer.BYTES + index * Integer.BYTES), depth), depth);
    }
  }

  private void fieldTable(int column, int depth) {
    int before = fields++;
    text(column, 0);
    int kind = optionalByte(column, 2);
    int type = requiredTable(column, 3, "a column has no type");
    if (kind == DECIMAL_TYPE) {
      decimal(type);
    }
    typeIds(kind, type);
    int dictionary = field(column, 4, Integer.BYTES);
    if (dictionary != ABSENT) {
      int encoding = table(target(dictionary), depth);
      int indexType = field(encoding, 1, Integer.BYTES);
      if (indexType != ABSENT) {
        table(target(indexType), depth);
      }
    }
    fields(column, 5, depth + 1);
    keyValues(column, 6);
    if (depth == 0) {
      columnNodes.add(fields - before);
    }
  }

  private void decimal(int type) {
    int precision = optionalInt(type, 0);
    int scale = optionalInt(type, 1);
    if (precision < 1
        || precision > MOST_DECIMAL_DIGITS
        || scale < -MOST_DECIMAL_DIGITS
        || scale > MOST_DECIMAL_DIGITS) {
      throw new MalformedIpcException(
          "a column has decimals of "
              + precision
              + " digits, "
              + scale
              + " of them decimal places");
    }
  }

  /** Walks through the text or the list that a few types have: a time zone, or ids of a union. */
  private void typeIds(int kind, int type) {
    switch (kind) {
      case 10 -> text(type, 1);
      case 14 -> {
        int at = field(type, 1, Integer.BYTES);
        if (at != ABSENT) {
          objectBytes += 4L * elements(target(at), Integer.BYTES);
        }
      }
      default -> {
        // The other types hold numbers in place.
      }
    }
  }

  private void batch(int batch, long bodyBytes, List<Integer> nodesOfColumns) {
    long rows = optionalLong(batch, 0);
    requireCount(rows, "a batch has " + rows + " rows");
    int nodes = field(batch, 1, Integer.BYTES);
    if (nodes != ABSENT) {
      nodes(target(nodes), rows, nodesOfColumns);
    }
    int buffers = field(batch, 2, Integer.BYTES);
    int count = buffers == ABSENT ? 0 : buffers(target(buffers), bodyBytes);
    int compression = field(batch, 3, Integer.BYTES);
    if (compression != ABSENT) {
      table(target(compression), 0);
    }
    variadic(batch, count);
  }

  private void nodes(int vector, long batchRows, List<Integer> nodesOfColumns) {
    int count = elements(vector, NODE_BYTES);
    int next = 0;
    for (int nodes : nodesOfColumns) {
      // Readers lengthen a column that is shorter than its batch without a look at its buffers.
      if (next < count && bytes.getLong(vector + Integer.BYTES + next * NODE_BYTES) != batchRows) {
        throw new MalformedIpcException("a column has other rows than its batch of " + batchRows);
      }
      next += nodes;
    }
    objectBytes += (long) count * STRUCT_BYTES;
    for (int index = 0; index < count; index++) {
      int node = vector + Integer.BYTES + index * NODE_BYTES;
      long rows = bytes.getLong(node);
      long nulls = bytes.getLong(node + Long.BYTES);
      requireCount(rows, "a column of a batch has " + rows + " rows");
      if (nulls < 0 || nulls > rows) {
        throw new MalformedIpcException(
            "a column of a batch has " + nulls + " nulls in " + rows + " rows");
      }
    }
  }

  private static void requireCount(long rows, String problem) {
    if (rows < 0 || rows > Integer.MAX_VALUE - 1) {
      throw new MalformedIpcException(problem);
    }
  }

  private int buffers(int vector, long bodyBytes) {
    int count = elements(vector, BUFFER_BYTES);
    objectBytes += (long) count * (STRUCT_BYTES + STRUCT_BYTES);
    for (int index = 0; index < count; index++) {
      int buffer = vector + Integer.BYTES + index * BUFFER_BYTES;
      long offset = bytes.getLong(buffer);
      long length = bytes.getLong(buffer + Long.BYTES);
      if (offset < 0 || length < 0 || offset > bodyBytes || length > bodyBytes - offset) {
        throw new MalformedIpcException(
            "a buffer of "
                + length
                + " bytes at "
                + offset
                + " leaves the "
                + bodyBytes
                + " bytes of its batch");
      }
    }
    return count;
  }

  /** Checks how many buffers each column of views claims: no more than there are in all. */
  private void variadic(int batch, int buffers) {
    int at = field(batch, 4, Integer.BYTES);
    if (at == ABSENT) {
      return;
    }
    int vector = target(at);
    int count = elements(vector, Long.BYTES);
    objectBytes += (long) count * STRUCT_BYTES;
    long left = buffers;
    for (int index = 0; index < count; index++) {
      long claimed = bytes.getLong(vector + Integer.BYTES + index * Long.BYTES);
      if (claimed < 0 || claimed > left) {
        throw new MalformedIpcException(
            "a column claims " + claimed + " of " + buffers + " buffers of its batch");
      }
      left -= claimed;
    }
  }

  private void keyValues(int table, int id) {
    int at = field(table, id, Integer.BYTES);
    if (at == ABSENT) {
      return;
    }
    int vector = target(at);
    int count = elements(vector, Integer.BYTES);
    for (int index = 0; index < count; index++) {
      int pair = table(target(vector + Integer.BYTES + index * Integer.BYTES), 0);
      text(pair, 0);
      text(pair, 1);
    }
  }

  private void longs(int table, int id) {
    int at = field(table, id, Integer.BYTES);
    if (at != ABSENT) {
      objectBytes += (long) elements(target(at), Long.BYTES) * STRUCT_BYTES;
    }
  }

  private void text(int table, int id) {
    int at = field(table, id, Integer.BYTES);
    if (at != ABSENT) {
      objectBytes += STRUCT_BYTES + 2L * elements(target(at), 1);
    }
  }

  private int optionalByte(int table, int id) {
    int at = field(table, id, 1);
    return at == ABSENT ? 0 : bytes.get(at);
  }

  private int optionalInt(int table, int id) {
    int at = field(table, id, Integer.BYTES);
    return at == ABSENT ? 0 : bytes.getInt(at);
  }

  private long optionalLong(int table, int id) {
    int at = field(table, id, Long.BYTES);
    return at == ABSENT ? 0 : bytes.getLong(at);
  }

  private int requiredTable(int table, int id, String problem) {
    int at = field(table, id, Integer.BYTES);
    if (at == ABSENT) {
      throw new MalformedIpcException(problem);
    }
    return table(target(at), 0);
  }

  /** Returns where the reference at {@code at} leads to, which is always further on. */
  private int target(int at) {
    if (at < 0 || at > end - Integer.BYTES) {
      throw outside();
    }
    int distance = bytes.getInt(at);
    if (distance <= 0 || distance > end - Integer.BYTES - at) {
      throw outside();
    }
    return at + distance;
  }

  /** Checks the table at {@code at} and returns it. */
  private int table(int at, int depth) {
    tables++;
    objectBytes += TABLE_BYTES;
    // A table takes 4 bytes and more, so if there are more of them, some are visited again.
    if (tables > end / Integer.BYTES || depth > DEEPEST) {
      throw new MalformedIpcException("its metadata refers to the same parts over and over");
    }
    long index = at - (long) bytes.getInt(at);
    if (index < 0 || index > end - Integer.BYTES) {
      throw outside();
    }
    int length = bytes.getShort((int) index) & 0xFFFF;
    int size = bytes.getShort((int) index + Short.BYTES) & 0xFFFF;
    if (length < Integer.BYTES || length > end - index || size > end - at) {
      throw outside();
    }
    return at;
  }

  /** Returns where a field of a checked table stands, or {@link #ABSENT}. */
  private int field(int table, int id, int size) {
    int index = table - bytes.getInt(table);
    int length = bytes.getShort(index) & 0xFFFF;
    int entry = Integer.BYTES + id * Short.BYTES;
    if (entry > length - Short.BYTES) {
      return ABSENT;
    }
    int offset = bytes.getShort(index + entry) & 0xFFFF;
    if (offset == 0) {
      return ABSENT;
    }
    if (offset > end - table - size) {
      throw outside();
    }
    return table + offset;
  }

  /** Returns how many elements a list has, all of which lie within the bytes. */
  private int elements(int vector, int size) {
    int count = bytes.getInt(vector);
    if (count < 0 || count > (end - vector - Integer.BYTES) / size) {
      throw new MalformedIpcException("its metadata holds a list of " + count + " elements");
    }
    return count;
  }

  private static MalformedIpcException outside() {
    return new MalformedIpcException("its metadata refers to something outside of them");
  }
}
