package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.format.ColumnIndex;
import org.apache.parquet.format.OffsetIndex;
import org.jspecify.annotations.Nullable;

/**
 * Is one open Parquet file: its footer, and readers of its column chunks.
 *
 * <p>Owns the storage input and charges its footer to the memory it was opened with until it is
 * closed. Readers are owned by those who open them and are closed before the file.
 *
 * <p>Thread-safe but for closing; each reader is for one thread.
 */
public final class ParquetFile implements AutoCloseable {
  private final StorageInput input;
  private final ParquetMemory memory;
  private final ScratchArrays scratch;
  private final ParquetFooter footer;

  private ParquetFile(
      StorageInput input, ParquetMemory memory, ScratchArrays scratch, ParquetFooter footer) {
    this.input = input;
    this.memory = memory;
    this.scratch = scratch;
    this.footer = footer;
  }

  /**
   * Opens the file that {@code input} reads and takes the input over; it is closed if this fails.
   *
   * @throws dev.keymerge.MergeException.BadData if it is not a sound Parquet file
   * @throws dev.keymerge.MergeException.InputOutput if it cannot be read
   */
  public static ParquetFile open(StorageInput input, ParquetMemory memory) {
    ScratchArrays scratch = memory.openScratch("footer of " + input.path().name());
    try {
      return new ParquetFile(input, memory, scratch, ParquetFooter.read(input, scratch));
    } catch (RuntimeException | Error e) {
      scratch.close();
      try {
        input.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /** Returns the footer, which outlives the file. */
  public ParquetFooter footer() {
    return footer;
  }

  /** Returns the bytes of the file; this still owns them. */
  public StorageInput input() {
    return input;
  }

  /** Opens a reader of the pages of one chunk; the caller closes it. */
  public ColumnPageReader pages(int rowGroup, int leaf) {
    return new ColumnPageReader(input, footer.facts(rowGroup, leaf), memory);
  }

  /**
   * Opens a reader that turns one chunk of a flat column into Arrow vectors; the caller closes it.
   *
   * @param field the field of {@link FileColumn#arrow} or one of the same type under another name
   * @param allocator what {@link FlatColumnReader#newVector} makes vectors from
   */
  public FlatColumnReader column(int rowGroup, int leaf, Field field, BufferAllocator allocator) {
    return FlatColumnReader.open(pages(rowGroup, leaf), field, allocator);
  }

  /**
   * Returns the offset index of a chunk as it is in the file, or null if it has none that can be
   * parsed.
   */
  public @Nullable OffsetIndex offsetIndex(int rowGroup, int leaf) {
    try (ScratchArrays parsing = memory.openScratch("page index of " + input.path().name())) {
      return PageIndex.readOffsetIndex(input, footer.chunk(rowGroup, leaf), parsing);
    } catch (IOException e) {
      throw footer.place(rowGroup, leaf).failure(e);
    }
  }

  /**
   * Returns the column index of a chunk as it is in the file, or null if it has none that can be
   * parsed.
   */
  public @Nullable ColumnIndex columnIndex(int rowGroup, int leaf) {
    try (ScratchArrays parsing = memory.openScratch("page index of " + input.path().name())) {
      return PageIndex.readColumnIndex(input, footer.chunk(rowGroup, leaf), parsing);
    } catch (IOException e) {
      throw footer.place(rowGroup, leaf).failure(e);
    }
  }

  @Override
  public void close() {
    scratch.close();
    try {
      input.close();
    } catch (IOException e) {
      throw FilePlace.of(input.path()).failure(e);
    }
  }
}
