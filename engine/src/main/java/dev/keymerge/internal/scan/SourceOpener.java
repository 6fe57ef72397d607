package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.Source;
import dev.keymerge.SourceFormat;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.io.InputStream;
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
  private final SourceWatch watch;

  /** Creates an opener; what {@code context} holds outlives every source that is opened. */
  public SourceOpener(ScanContext context) {
    this(context, SourceWatch.NONE);
  }

  /** Creates an opener that tells {@code watch} about the files of sources. */
  public SourceOpener(ScanContext context, SourceWatch watch) {
    this.context = context;
    this.watch = watch;
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
    watch.looking(SourceFiles.place(source, context.storage()));
    SourceFiles found = SourceFiles.find(source, context.storage());
    watch.found(found.files().stream().map(FileStatus::path).toList());
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
    MemoryReservation memory = metadata(name);
    boolean done = false;
    try {
      CheckedMessages messages = CheckedMessages.open(stream, name, memory);
      ArrowStreamReader reader =
          new ArrowStreamReader(messages, context.allocator(), BodyCompression.FACTORY);
      ReaderBatches batches = ReaderBatches.owned(reader, reader, name);
      done = true;
      return batches;
    } finally {
      if (!done) {
        memory.close();
        stream.close();
      }
    }
  }

  private MemoryReservation metadata(String name) {
    return context.budget().open("metadata of " + name);
  }

  private ReaderBatches open(FileStatus file, SourceFormat format) throws IOException {
    String name = file.path().text();
    StorageInput input = context.storage().open(file.path());
    StorageChannel channel = new StorageChannel(input);
    MemoryReservation memory = metadata(name);
    boolean done = false;
    try {
      ArrowReader reader;
      if (format == SourceFormat.ARROW_STREAM) {
        reader =
            new ArrowStreamReader(
                CheckedMessages.open(channel, name, memory),
                context.allocator(),
                BodyCompression.FACTORY);
      } else {
        ArrowFileCheck.check(input, memory);
        reader = new ArrowFileReader(channel, context.allocator(), BodyCompression.FACTORY);
      }
      ReaderBatches batches = ReaderBatches.owned(reader, () -> close(reader, memory), name);
      done = true;
      return batches;
    } finally {
      if (!done) {
        memory.close();
        channel.close();
      }
    }
  }

  private static void close(ArrowReader reader, MemoryReservation memory) throws IOException {
    try (memory) {
      reader.close();
    }
  }

  /** Opens one of several readers. */
  interface ReaderOpener {
    ReaderBatches open() throws IOException;
  }
}
