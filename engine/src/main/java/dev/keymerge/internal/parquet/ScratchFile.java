package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;

/**
 * Names a file that a writer may create for pages that do not fit into memory, and deletes again.
 *
 * <p>Nothing stands at the path unless a writer needs it; the name belongs to one writer at a time.
 * Immutable.
 *
 * @param storage where the file goes
 * @param path a name that nobody else uses; its directory exists
 */
public record ScratchFile(Storage storage, StoragePath path) {}
