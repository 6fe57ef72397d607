package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Is an open Parquet file that only chunks are read from, by a packed footer.
 *
 * <p>Owns the storage input and borrows the footer. Readers are owned by those who open them and
 * are closed before the file. Thread-safe but for closing; each reader is for one thread.
 */
public final class PackedFile implements AutoCloseable {
  private final StorageInput input;
  private final PackedFooter footer;
  private final ParquetMemory memory;

  /** Reads the file that {@code footer} describes from {@code input}, which this takes over. */
  public PackedFile(StorageInput input, PackedFooter footer, ParquetMemory memory) {
    this.input = input;
    this.footer = footer;
    this.memory = memory;
  }

  /** Returns the first top-level column of exactly this name, or null if there is none. */
  public @Nullable FileColumn column(String name) {
    return footer.column(name);
  }

  /** See {@link ParquetFile#column}. */
  public FlatColumnReader column(int rowGroup, int leaf, Field field, BufferAllocator allocator) {
    return FlatColumnReader.open(
        new ColumnPageReader(input, footer.facts(rowGroup, leaf), memory), field, allocator);
  }

  @Override
  public void close() {
    try {
      input.close();
    } catch (IOException e) {
      throw FilePlace.of(input.path()).failure(e);
    }
  }
}
