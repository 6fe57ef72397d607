package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.internal.commit.StagingArea;
import dev.keymerge.internal.parquet.FileTemplate;
import dev.keymerge.internal.parquet.ParquetFileAssembler;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.parquet.ScratchFile;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.Optional;

/**
 * Stages whole files: opens the output, lets the caller fill it, completes and syncs it.
 *
 * <p>Thread-safe: files are independent of each other.
 *
 * @param storage where scratch files go
 * @param staging where staged files go
 * @param memory lends buffers
 */
record Successors(Storage storage, Staging staging, ParquetMemory memory) {

  /** Writes the row groups of a file. */
  interface Content {
    void writeTo(ParquetFileAssembler assembler) throws IOException;
  }

  /**
   * Stages a file like {@code template} under {@code name}, unless an interrupted merge has done so
   * by the same plan; again if memory was refused.
   *
   * @param plan differs between plans that make different files of that name
   */
  WrittenFile stage(String name, String plan, FileTemplate template, Content content)
      throws IOException {
    Optional<WrittenFile> finished = staging.finished(name, plan);
    WrittenFile file;
    if (finished.isPresent()) {
      file = finished.get();
    } else {
      file = write(name, template, content);
      note(name, plan, file);
    }
    return file;
  }

  private void note(String name, String plan, WrittenFile file) throws IOException {
    try {
      staging.addFinished(name, plan, file);
    } catch (MergeException.LimitExceeded refused) {
      // It may be tried again, from the beginning.
      storage.delete(file.path());
      throw refused;
    }
  }

  private WrittenFile write(String name, FileTemplate template, Content content)
      throws IOException {
    StagingArea area = staging.area();
    ScratchFile scratch = new ScratchFile(storage, area.directory().resolve(name + ".pages"));
    StorageOutput output = staging.create(name);
    StoragePath path = output.path();
    try {
      return fill(output, template, content, scratch);
    } catch (MergeException.LimitExceeded refused) {
      // It may be tried again; elsewhere, what was begun goes with the staging area.
      storage.delete(path);
      throw refused;
    }
  }

  private WrittenFile fill(
      StorageOutput opened, FileTemplate template, Content content, ScratchFile scratch)
      throws IOException {
    try (StorageOutput output = opened;
        ParquetFileAssembler assembler =
            ParquetFileAssembler.create(output, template, memory, scratch)) {
      content.writeTo(assembler);
      WrittenFile written = assembler.finish();
      output.sync();
      return written;
    }
  }
}
