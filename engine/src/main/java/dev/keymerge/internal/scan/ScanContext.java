package dev.keymerge.internal.scan;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Holds what reading a source takes; all of it is borrowed and outlives the source.
 *
 * @param storage where files are
 * @param budget what is charged for facts about files
 * @param parquet memory for pages and footers
 * @param allocator memory for batches of Arrow sources while they are staged
 * @param stagingDirectory gives an empty directory for staged files, asked only when one is needed
 *     and always the same; what is left in it is the caller's to delete
 * @param batchBytes tells how large batches should become now, in bytes
 * @param onStaged told after each batch that is staged how many rows it had; may throw to end it
 * @param whileWaiting run again and again while a stream lets wait for its next bytes; may throw to
 *     end the wait
 */
public record ScanContext(
    Storage storage,
    MemoryBudget budget,
    ParquetMemory parquet,
    BufferAllocator allocator,
    Supplier<StoragePath> stagingDirectory,
    LongSupplier batchBytes,
    IntConsumer onStaged,
    Runnable whileWaiting) {}
