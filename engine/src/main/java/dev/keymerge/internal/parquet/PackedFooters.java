package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import org.jspecify.annotations.Nullable;

/**
 * Reads footers of many files that have few schemas, usually one, and packs them.
 *
 * <p>Keeps the schema of the first file, which the footers of all files with the same one share,
 * and pays for everything; closed after the footers. Not thread-safe: footers are closed by who
 * reads.
 */
public final class PackedFooters implements AutoCloseable {
  private final ParquetMemory memory;
  private final ScratchArrays charged;
  private @Nullable PackedSchema schema;

  /** Charges everything to {@code memory}. */
  public PackedFooters(ParquetMemory memory) {
    this.memory = memory;
    this.charged = memory.openScratch("footers of the source");
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
      return new PackedFooter(footer, known.fits(footer) ? known : null, charged);
    }
  }

  @Override
  public void close() {
    charged.close();
  }
}
