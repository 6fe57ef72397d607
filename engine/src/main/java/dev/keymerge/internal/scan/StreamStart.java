package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Looks at the first bytes of what should be an Arrow stream, and then gives all bytes on.
 *
 * <p>Anything else, a text for instance, would be taken for the length of a message, and as much
 * memory asked for. Owns the channel; not thread-safe.
 */
final class StreamStart implements ReadableByteChannel {
  private static final int CONTINUATION = -1;

  /** Schemas are never longer; texts taken for a length always are. */
  private static final int LONGEST_SCHEMA = 64 << 20;

  private final ReadableByteChannel channel;
  private final ByteBuffer start;

  private StreamStart(ReadableByteChannel channel, ByteBuffer start) {
    this.channel = channel;
    this.start = start;
  }

  /**
   * Reads the first bytes of {@code channel} and takes it over; the caller closes it if this fails.
   *
   * @throws MergeException.BadData if no Arrow stream begins so
   */
  static StreamStart check(ReadableByteChannel channel, String name) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    int read = 0;
    while (start.hasRemaining() && read >= 0) {
      read = channel.read(start);
    }
    start.flip();
    if (!start.hasRemaining()) {
      throw refusal(name, "it is empty, without even a schema");
    }
    String text = StandardCharsets.ISO_8859_1.decode(start.duplicate()).toString();
    if (text.startsWith("PAR1")) {
      throw refusal(name, "it holds Parquet");
    }
    if (text.startsWith("ARROW1")) {
      throw refusal(name, "it holds an Arrow file");
    }
    if (start.remaining() < 8) {
      throw refusal(name, "it ends after " + start.remaining() + " bytes");
    }
    int first = start.getInt(0);
    // Streams of old writers begin with the length itself.
    int length = first == CONTINUATION ? start.getInt(4) : first;
    if (length <= 0 || length > LONGEST_SCHEMA) {
      throw refusal(name, "it does not begin like one");
    }
    return new StreamStart(channel, start);
  }

  private static MergeException refusal(String name, String problem) {
    return new MergeException.BadData(
        "Cannot read " + name + " as Arrow IPC: " + problem,
        "Send an Arrow IPC stream, or save the data as a file and name it.");
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!start.hasRemaining()) {
      return channel.read(target);
    }
    int length = Math.min(start.remaining(), target.remaining());
    for (int i = 0; i < length; i++) {
      target.put(start.get());
    }
    return length;
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
