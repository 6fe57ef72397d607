package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;

/** Is one open Parquet file. Owns the input. */
public final class ParquetFile implements AutoCloseable {
  private final StorageInput input;
  private final ScratchArrays scratch;
  private final ParquetFooter footer;

  private ParquetFile(StorageInput input, ScratchArrays scratch, ParquetFooter footer) {
    this.input = input;
    this.scratch = scratch;
    this.footer = footer;
  }

  /** Opens the file behind {@code input}. */
  public static ParquetFile open(StorageInput input, ParquetMemory memory) {
    ScratchArrays scratch = memory.openScratch("Parquet footer");
    return new ParquetFile(input, scratch, ParquetFooter.read(input, scratch));
  }

  /** Returns the footer. */
  public ParquetFooter footer() {
    return footer;
  }

  /** Returns the bytes of the file. */
  public StorageInput input() {
    return input;
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
