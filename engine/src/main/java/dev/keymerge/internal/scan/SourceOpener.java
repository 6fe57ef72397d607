package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.Source;
import dev.keymerge.SourceFormat;
import dev.keymerge.internal.storage.FileStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/**
 * Opens sources of every kind far enough to tell their columns. Immutable; as thread-safe as what
 * it was given.
 */
public final class SourceOpener {
  private final ScanContext context;

  /** Creates an opener; what {@code context} holds outlives every source that is opened. */
  public SourceOpener(ScanContext context) {
    this.context = context;
  }

  /**
   * Opens {@code source}; the caller closes the result.
   *
   * @throws MergeException.InvalidRequest if there is no such source
   * @throws MergeException.BadData if it is not what it should be
   */
  public PendingSource open(Source source) throws IOException {
    if (source instanceof Source.Files files) {
      return open(files);
    }
    return pending(batches(source), source.describe());
  }

  private PendingSource open(Source.Files source) throws IOException {
    SourceFiles found = SourceFiles.find(source, context.storage());
    if (found.format() == SourceFormat.PARQUET) {
      return PendingParquet.open(found, context, source.describe());
    }
    List<ReaderOpener> openers = new ArrayList<>();
    for (FileStatus file : found.files()) {
      openers.add(() -> open(file, found.format()));
    }
    return pending(new FileBatches(openers), source.describe());
  }

  private ArrowBatches batches(Source source) throws IOException {
    if (source instanceof Source.Stream stream) {
      return stream(stream.input(), source.describe());
    }
    if (source instanceof Source.Reader reader) {
      return ReaderBatches.lent(reader.reader(), source.describe());
    }
    if (source instanceof Source.Batches batches) {
      return new SuppliedBatches(batches);
    }
    throw new IllegalArgumentException("Not a kind of source known here: " + source);
  }

  private PendingSource pending(ArrowBatches batches, String sourceText) throws IOException {
    boolean done = false;
    try {
      PendingSource source = new PendingBatches(batches, context, sourceText);
      done = true;
      return source;
    } finally {
      if (!done) {
        batches.close();
      }
    }
  }

  /** Reads a stream that stays the caller's. */
  private ReaderBatches stream(InputStream input, String name) throws IOException {
    AttendedStream stream = new AttendedStream(input, name, context.whileWaiting());
    boolean done = false;
    try {
      ArrowStreamReader reader =
          new ArrowStreamReader(
              StreamStart.check(stream, name), context.allocator(), BodyCompression.FACTORY);
      ReaderBatches batches = ReaderBatches.owned(reader, () -> close(reader, stream), name);
      done = true;
      return batches;
    } finally {
      if (!done) {
        stream.close();
      }
    }
  }

  private static void close(ArrowStreamReader reader, AttendedStream stream) throws IOException {
    try (stream) {
      reader.close(false);
    }
  }

  private ReaderBatches open(FileStatus file, SourceFormat format) throws IOException {
    StorageChannel channel = new StorageChannel(context.storage().open(file.path()));
    boolean done = false;
    try {
      String name = file.path().text();
      ReadableByteChannel start =
          format == SourceFormat.ARROW_STREAM ? StreamStart.check(channel, name) : channel;
      ArrowReader reader =
          format == SourceFormat.ARROW_STREAM
              ? new ArrowStreamReader(start, context.allocator(), BodyCompression.FACTORY)
              : new ArrowFileReader(channel, context.allocator(), BodyCompression.FACTORY);
      ReaderBatches batches = ReaderBatches.owned(reader, reader, name);
      done = true;
      return batches;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  /** Opens one of several readers. */
  interface ReaderOpener {
    ReaderBatches open() throws IOException;
  }
}
