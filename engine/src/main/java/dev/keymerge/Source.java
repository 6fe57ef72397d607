package dev.keymerge;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Says where the rows to merge in come from.
 *
 * <p>A source made from a path can be merged any number of times, and nothing is read before a merge asks for it. One made from
 * a stream, a reader or a supplier serves one merge; whoever made the stream or the reader closes it, after the merge.
 *
 * <p>A path is a file, a directory or a pattern. Of a directory, files at any depth are read in path order whose ending fits the
 * format, and none whose name, or whose directory's name, starts with {@code _} or {@code .}. A path at which nothing stands
 * and that has one of the signs {@code * ? [ {} is a pattern: {@code *} and {@code ?} stand for any text and any sign within a
 * name, {@code **} for any directories, {@code [a-c]} for one sign out of several, <code>{a,b}</code> for one text out of several.
 */
public sealed interface Source {
  /** Reads Parquet: a file, a directory or a pattern. */
  static Source parquet(Path path) {
    return of(path.toString(), SourceFormat.PARQUET);
  }

  /** Reads Parquet: a file, a directory or a pattern. */
  static Source parquet(String path) {
    return of(path, SourceFormat.PARQUET);
  }

  /** Reads files in the Arrow IPC file format: a file, a directory or a pattern. */
  static Source arrowFile(Path path) {
    return of(path.toString(), SourceFormat.ARROW_FILE);
  }

  /** Reads files that hold an Arrow IPC stream: a file, a directory or a pattern. */
  static Source arrowStream(Path path) {
    return of(path.toString(), SourceFormat.ARROW_STREAM);
  }

  /** Reads an Arrow IPC stream once, to the end of its messages; the caller closes it. */
  static Source arrowStream(InputStream stream) {
    return new Stream(stream);
  }

  /**
   * Reads the remaining batches of {@code reader} once; the caller closes it.
   *
   * <p>It is called on a thread of the merge: while it keeps that waiting, the merge cannot be
   * cancelled.
   */
  static Source arrow(ArrowReader reader) {
    return new Reader(reader);
  }

  /**
   * Reads successive batches once, until {@code batches} returns null.
   *
   * <p>Each batch stays the supplier's: it is copied before the next one is asked for, and never
   * closed. All have one schema. The first must not be missing, since it tells the columns; see
   * {@link #arrow(Schema, Supplier)}.
   *
   * <p>It is called on a thread of the merge: while it keeps that waiting, the merge cannot be
   * cancelled.
   */
  static Source arrow(Supplier<? extends @Nullable VectorSchemaRoot> batches) {
    return new Batches(null, batches);
  }

  /**
   * Reads successive batches of {@code schema} once, as {@link #arrow(Supplier)} does; there may be
   * none.
   */
  static Source arrow(Schema schema, Supplier<? extends @Nullable VectorSchemaRoot> batches) {
    return new Batches(Objects.requireNonNull(schema, "schema"), batches);
  }

  /** Reads a file, a directory or a pattern, and finds out what format it has. */
  static Source of(String path) {
    return of(path, SourceFormat.DETECT);
  }

  /** Reads a file, a directory or a pattern in {@code format}. */
  static Source of(String path, SourceFormat format) {
    return new Files(path, format);
  }

  /** Returns a short name for messages. */
  String describe();

  /**
   * Files of one format.
   *
   * @param path a file, a directory or a pattern
   * @param format what the files hold
   */
  record Files(String path, SourceFormat format) implements Source {
    /** Checks that there is a path. */
    public Files {
      Objects.requireNonNull(format, "format");
      if (path.isBlank()) {
        throw new MergeException.InvalidRequest(
            "The source has an empty path", "Name a file, a directory or a pattern.");
      }
    }

    @Override
    public String describe() {
      return path;
    }
  }

  /**
   * An Arrow IPC stream, read once.
   *
   * @param input where the stream begins; closed by whoever opened it
   */
  record Stream(InputStream input) implements Source {
    /** Checks that there is a stream. */
    public Stream {
      Objects.requireNonNull(input, "stream");
    }

    @Override
    public String describe() {
      return "the Arrow stream";
    }
  }

  /**
   * An Arrow reader, read once.
   *
   * @param reader stands before the first batch to be read; closed by whoever opened it
   */
  record Reader(ArrowReader reader) implements Source {
    /** Checks that there is a reader. */
    public Reader {
      Objects.requireNonNull(reader, "reader");
    }

    @Override
    public String describe() {
      return "the Arrow reader";
    }
  }

  /**
   * Successive batches, read once.
   *
   * @param schema columns of every batch, or null to take the first batch's
   * @param batches returns the next batch, or null after the last
   */
  record Batches(@Nullable Schema schema, Supplier<? extends @Nullable VectorSchemaRoot> batches)
      implements Source {
    /** Checks that there is a supplier. */
    public Batches {
      Objects.requireNonNull(batches, "batches");
    }

    @Override
    public String describe() {
      return "the supplied batches";
    }
  }
}
