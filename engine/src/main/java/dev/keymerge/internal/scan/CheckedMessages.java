package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Gives the bytes of an Arrow stream on, each message only after its metadata have been checked.
 *
 * <p>A reader makes arrays as long as a message says before it reads what should fill them; texts
 * and damage would be taken for lengths, and as much memory asked for. It never reads beyond the
 * message that it is in. Owns the channel and the reservation; not thread-safe.
 */
final class CheckedMessages implements ReadableByteChannel {
  /** Metadata are never longer in earnest; texts taken for a length always are. */
  static final int LONGEST_METADATA = 64 << 20;

  private static final int CONTINUATION = -1;

  /** What a reader holds of the metadata beside the objects: these bytes and a copy of them. */
  private static final int COPIES = 2;

  private final ReadableByteChannel channel;
  private final String name;
  private final MemoryReservation memory;
  private ByteBuffer ready = ByteBuffer.allocate(0);
  private long bodyLeft;
  private long schemaBytes;
  private long messages;
  private List<Integer> columnNodes = List.of();

  private CheckedMessages(ReadableByteChannel channel, String name, MemoryReservation memory) {
    this.channel = channel;
    this.name = name;
    this.memory = memory;
  }

  /**
   * Reads the first bytes of {@code channel} and takes it and {@code memory} over; the caller
   * closes them if this fails.
   *
   * @throws MergeException.BadData if no Arrow stream begins so
   */
  static CheckedMessages open(ReadableByteChannel channel, String name, MemoryReservation memory)
      throws IOException {
    CheckedMessages messages = new CheckedMessages(channel, name, memory);
    messages.nextMessage();
    return messages;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    if (!ready.hasRemaining() && bodyLeft == 0) {
      nextMessage();
    }
    if (ready.hasRemaining()) {
      int length = Math.min(ready.remaining(), target.remaining());
      target.put(ready.slice().limit(length));
      ready.position(ready.position() + length);
      return length;
    }
    if (bodyLeft == 0) {
      return -1;
    }
    return readBody(target);
  }

  private int readBody(ByteBuffer target) throws IOException {
    int limit = target.limit();
    target.limit((int) Math.min(limit, target.position() + bodyLeft));
    try {
      int read = channel.read(target);
      if (read < 0) {
        throw refusal("it ends " + bodyLeft + " bytes before the end of a batch");
      }
      bodyLeft -= read;
      return read;
    } finally {
      target.limit(limit);
    }
  }

  /** Brings the next message up to its body; leaves nothing ready at the end of the stream. */
  private void nextMessage() throws IOException {
    memory.shrink(memory.bytes() - schemaBytes);
    ByteBuffer start = fill(ByteBuffer.allocate(2 * Integer.BYTES), Integer.BYTES);
    if (start.position() == 0) {
      if (messages == 0) {
        throw refusal("it is empty, without even a schema");
      }
      ready = start.flip();
      return;
    }
    requireFull(start, Integer.BYTES);
    int length = start.getInt(0);
    // Streams of old writers begin with the length itself.
    if (length == CONTINUATION) {
      requireFull(fill(start, 2 * Integer.BYTES), 2 * Integer.BYTES);
      length = start.getInt(Integer.BYTES);
    }
    if (messages == 0) {
      requireStreamStart(start, length);
    }
    if (length == 0) {
      ready = start.flip();
      return;
    }
    if (length < 0 || length > LONGEST_METADATA) {
      throw refusal("a message has metadata of " + Integer.toUnsignedLong(length) + " bytes");
    }
    message(start.flip(), length);
  }

  private void message(ByteBuffer start, int length) throws IOException {
    requireLeft(length);
    memory.grow((long) length * COPIES);
    int prefix = start.remaining();
    ByteBuffer whole =
        ByteBuffer.allocate(prefix + length).order(ByteOrder.LITTLE_ENDIAN).put(start);
    requireFull(fill(whole, prefix + length), prefix + length);
    whole.flip();
    IpcMetadata metadata = IpcMetadata.of(whole.duplicate().position(prefix));
    IpcMetadata.Message message;
    try {
      message = metadata.message(-1, columnNodes);
    } catch (MalformedIpcException malformed) {
      throw refusal(String.valueOf(malformed.getMessage()));
    }
    boolean first = messages == 0;
    if (first != (message.kind() == IpcMetadata.Kind.SCHEMA)) {
      throw refusal(first ? "it does not begin with a schema" : "a second schema follows");
    }
    requireLeft(message.bodyBytes());
    memory.grow(metadata.objectBytes());
    schemaBytes = first ? metadata.objectBytes() : schemaBytes;
    columnNodes = first ? metadata.columnNodes() : columnNodes;
    ready = whole;
    bodyLeft = message.bodyBytes();
    messages++;
  }

  /** Refuses what is longer than the rest of a file; of a stream nobody knows the rest. */
  private void requireLeft(long bytes) throws IOException {
    if (channel instanceof SeekableByteChannel file && bytes > file.size() - file.position()) {
      throw refusal(
          "a message needs "
              + bytes
              + " bytes where "
              + (file.size() - file.position())
              + " are left");
    }
  }

  private void requireStreamStart(ByteBuffer start, int length) throws IOException {
    String text =
        StandardCharsets.ISO_8859_1
            .decode(fill(start, 2 * Integer.BYTES).duplicate().flip())
            .toString();
    if (text.startsWith("PAR1")) {
      throw refusal("it holds Parquet");
    }
    if (text.startsWith("ARROW1")) {
      throw refusal("it holds an Arrow file");
    }
    requireFull(start, 2 * Integer.BYTES);
    if (length <= 0 || length > LONGEST_METADATA) {
      throw refusal("it does not begin like one");
    }
  }

  private ByteBuffer fill(ByteBuffer target, int bytes) throws IOException {
    target.order(ByteOrder.LITTLE_ENDIAN).limit(bytes);
    int read = 0;
    while (target.hasRemaining() && read >= 0) {
      read = channel.read(target);
    }
    return target;
  }

  private void requireFull(ByteBuffer filled, int bytes) {
    if (filled.position() < bytes) {
      throw refusal(
          messages == 0
              ? "it ends after " + filled.position() + " bytes"
              : "it ends within the metadata of a message");
    }
  }

  private MergeException refusal(String problem) {
    return new MergeException.BadData(
        "Cannot read " + name + " as Arrow IPC: " + problem,
        "Send a whole Arrow IPC stream, or save the data as a file and name it.");
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    memory.close();
    channel.close();
  }
}
