package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.StoragePath;

/**
 * Names a finished file of the staging area.
 *
 * @param path where it stands; written, synced and closed
 * @param rows how many rows were written to it
 */
public record StagedFile(StoragePath path, long rows) {}
