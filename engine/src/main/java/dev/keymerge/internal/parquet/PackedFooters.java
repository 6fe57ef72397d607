package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import org.jspecify.annotations.Nullable;

/**
 * Reads footers of many files that have few schemas, usually one, and packs them.
 *
 * <p>Keeps and pays for the schema of the first file, which the footers of all files with the same
 * one share; closed after them. Not thread-safe.
 */
public final class PackedFooters implements AutoCloseable {
  private final ParquetMemory memory;
  private final ScratchArrays charged;
  private @Nullable PackedSchema schema;

  /** Charges everything to {@code memory}. */
  public PackedFooters(ParquetMemory memory) {
    this.memory = memory;
    this.charged = memory.openScratch("schema of the source");
  }

  /**
   * Reads and packs the footer of {@code input}, which stays the caller's; the caller closes the
   * footer before this.
   *
   * @throws dev.keymerge.MergeException.BadData if the file is not a sound Parquet file
   * @throws dev.keymerge.MergeException.InputOutput if it cannot be read
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses
   */
  public PackedFooter read(StorageInput input) {
    try (ScratchArrays scratch = memory.openScratch("footer of " + input.path().name())) {
      ParquetFooter footer = ParquetFooter.read(input, scratch);
      PackedSchema known = schema;
      if (known == null) {
        known = new PackedSchema(footer);
        charged.charge(known.retainedBytes());
        schema = known;
      }
      return PackedFooter.of(footer, known.fits(footer) ? known : null, memory);
    }
  }

  @Override
  public void close() {
    charged.close();
  }
}
