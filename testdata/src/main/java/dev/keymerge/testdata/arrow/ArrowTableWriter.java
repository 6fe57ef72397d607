package dev.keymerge.testdata.arrow;

import dev.keymerge.testdata.arrow.ArrowLayout.Format;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows as an Arrow IPC file or stream.
 *
 * <p>Goes over the rows twice where columns are dictionary-encoded, first to collect the distinct
 * values. Holds one batch and the dictionaries in memory. Stateless.
 */
public final class ArrowTableWriter {

  private ArrowTableWriter() {}

  /** Writes rows to a new or replaced file, in a directory that is made if it is missing. */
  public static void write(
      Path file, TableSchema schema, Iterable<@Nullable Object[]> rows, ArrowLayout layout)
      throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    try (OutputStream output = Files.newOutputStream(file)) {
      write(output, schema, rows, layout);
    }
  }

  /** Writes rows to an output, which stays open. */
  public static void write(
      OutputStream output,
      TableSchema schema,
      Iterable<@Nullable Object[]> rows,
      ArrowLayout layout)
      throws IOException {
    try (BufferAllocator allocator = new RootAllocator();
        BatchFiller filler = BatchFiller.of(allocator, schema, rows, layout);
        ArrowWriter writer = writer(filler, output, layout.format())) {
      writer.start();
      Iterator<@Nullable Object[]> remaining = rows.iterator();
      while (filler.fill(remaining)) {
        writer.writeBatch();
      }
      writer.end();
    }
  }

  private static ArrowWriter writer(BatchFiller filler, OutputStream output, Format format) {
    VectorSchemaRoot root = filler.root();
    WritableByteChannel channel = new UnclosedChannel(Channels.newChannel(output));
    return format == Format.FILE
        ? new ArrowFileWriter(root, filler.dictionaries(), channel)
        : new ArrowStreamWriter(root, filler.dictionaries(), channel);
  }

  /** Passes writes on and keeps the close of Arrow's writer from the caller's output. */
  private static final class UnclosedChannel implements WritableByteChannel {
    private final WritableByteChannel channel;

    UnclosedChannel(WritableByteChannel channel) {
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      return channel.write(source);
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() {
      // The output belongs to the caller.
    }
  }
}
