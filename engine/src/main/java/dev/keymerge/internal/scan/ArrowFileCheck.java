package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks the footer of an Arrow file and the metadata of every message that it names, before a
 * library that trusts them reads the file.
 *
 * <p>Costs one small read per message. For one file.
 */
final class ArrowFileCheck {
  private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
  private static final int TAIL_BYTES = Integer.BYTES + MAGIC.length;
  private static final int CONTINUATION = -1;

  /** What a reader holds of the footer beside its objects: these bytes and a copy of them. */
  private static final int COPIES = 2;

  /** What it takes to know of one message, about. */
  private static final int NAMED_BYTES = 80;

  private final StorageInput input;
  private final MemoryReservation memory;
  private List<Integer> columnNodes = List.of();

  private ArrowFileCheck(StorageInput input, MemoryReservation memory) {
    this.input = input;
    this.memory = memory;
  }

  /** A message that the footer names. */
  private record Named(IpcMetadata.Kind kind, IpcMetadata.Block block) {}

  /**
   * Checks the file that {@code input} reads; {@code memory} is charged with what a reader of it
   * holds.
   *
   * @throws MergeException.BadData if it is not an Arrow file that can be read
   */
  static void check(StorageInput input, MemoryReservation memory) throws IOException {
    try {
      new ArrowFileCheck(input, memory).check();
    } catch (MalformedIpcException malformed) {
      throw new MergeException.BadData(
          "Cannot read " + input.path() + " as an Arrow file: " + malformed.getMessage(),
          "Check that the file is complete, and write it anew if it is not.");
    }
  }

  private void check() throws IOException {
    long size = input.size();
    if (size < TAIL_BYTES + MAGIC.length) {
      throw new MalformedIpcException("it is only " + size + " bytes long");
    }
    ByteBuffer tail = read(size - TAIL_BYTES, TAIL_BYTES);
    byte[] magic = Arrays.copyOfRange(tail.array(), Integer.BYTES, TAIL_BYTES);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new MalformedIpcException("it does not end like one");
    }
    int length = tail.getInt(0);
    if (length <= 0
        || length > CheckedMessages.LONGEST_METADATA
        || length > size - TAIL_BYTES - MAGIC.length) {
      throw new MalformedIpcException(
          "its footer is said to take " + length + " bytes in a file of " + size);
    }
    long dataEnd = size - TAIL_BYTES - length;
    memory.grow((long) length * COPIES);
    List<Named> named = new ArrayList<>();
    IpcMetadata footer = IpcMetadata.of(read(dataEnd, length));
    footer.footer(
        (kind, block) -> {
          memory.grow(NAMED_BYTES);
          named.add(new Named(kind, block));
        });
    memory.grow(footer.objectBytes());
    columnNodes = footer.columnNodes();
    checkMessages(named, dataEnd);
  }

  private void checkMessages(List<Named> named, long dataEnd) throws IOException {
    long left = dataEnd;
    for (Named message : named) {
      IpcMetadata.Block block = message.block();
      long bytes = block.metadataBytes() + block.bodyBytes();
      if (block.offset() < MAGIC.length
          || block.offset() > dataEnd
          || block.metadataBytes() <= 2 * Integer.BYTES
          || block.metadataBytes() > CheckedMessages.LONGEST_METADATA
          || block.bodyBytes() < 0
          || block.bodyBytes() > dataEnd
          || bytes > dataEnd - block.offset()) {
        throw new MalformedIpcException(
            "its footer names a message of "
                + block.metadataBytes()
                + " and "
                + block.bodyBytes()
                + " bytes at "
                + block.offset()
                + ", in a file whose data end at "
                + dataEnd);
      }
      left -= bytes;
      if (left < 0) {
        throw new MalformedIpcException("its footer names the same messages more than once");
      }
      check(message);
    }
  }

  private void check(Named named) throws IOException {
    int length = named.block().metadataBytes();
    long held = memory.bytes();
    memory.grow(length);
    ByteBuffer bytes = read(named.block().offset(), length);
    int prefix = bytes.getInt(0) == CONTINUATION ? 2 * Integer.BYTES : Integer.BYTES;
    IpcMetadata metadata = IpcMetadata.of(bytes.position(prefix));
    IpcMetadata.Message message = metadata.message(named.block().bodyBytes(), columnNodes);
    if (message.kind() != named.kind()) {
      throw new MalformedIpcException(
          "its footer takes a message for another kind than it is, at " + named.block().offset());
    }
    // Whoever reads the message makes these objects, for one message at a time.
    memory.grow(metadata.objectBytes());
    memory.shrink(memory.bytes() - held);
  }

  private ByteBuffer read(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    input.readFully(position, bytes);
    return bytes.flip();
  }
}
