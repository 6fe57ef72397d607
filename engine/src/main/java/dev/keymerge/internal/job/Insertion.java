package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.internal.append.AppendContext;
import dev.keymerge.internal.append.AppendOptions;
import dev.keymerge.internal.append.NewFiles;
import dev.keymerge.internal.append.RowAppender;
import dev.keymerge.internal.commit.StagedFile;
import dev.keymerge.internal.commit.StagingArea;
import dev.keymerge.internal.parquet.ChunkStyle;
import dev.keymerge.internal.parquet.FileTemplate;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetFileAssembler;
import dev.keymerge.internal.parquet.ScratchFile;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes the source rows that no target row matches: to new files of a directory, or to new row
 * groups of a target that is one file.
 *
 * <p>Serves one merge, on the job's thread.
 */
final class Insertion {
  private static final int SKIPPED_AT_ONCE = 4096;

  private final MergeRequest request;
  private final MergeContext context;
  private final Successors successors;
  private final AppendContext appending;

  Insertion(MergeRequest request, MergeContext context, Successors successors) {
    this.request = request;
    this.context = context;
    this.successors = successors;
    this.appending =
        new AppendContext(
            context.rewrite().source(),
            context.rewrite().allocator(),
            context.rewrite().memory(),
            context.budget(),
            context.progress()::addRows,
            context.rewrite().cancel()::check);
  }

  /**
   * Names a staged file of new rows.
   *
   * @param target where it goes
   * @param staged the staged file
   * @param written what it holds
   */
  record NewFile(StoragePath target, StagedFile staged, WrittenFile written) {}

  /** Refuses rows that would lack a value which the target requires. */
  void checkRequiredColumns(long inserts) {
    MergeSchema schema = context.rewrite().schema();
    Set<String> missing = new TreeSet<>(schema.required());
    schema.inserted().forEach(missing::remove);
    if (!missing.isEmpty()) {
      throw new MergeException.BadData(
          inserts
              + " source rows have no match and would be inserted, but the source lacks columns that the target requires: "
              + String.join(", ", missing)
              + ".",
          "Add the columns to the source, or only update (--strategy update).");
    }
  }

  /** Stages the rows in new files of the target. */
  List<NewFile> newFiles(Snapshot snapshot) throws IOException {
    FileTemplate template = template(snapshot);
    boolean oneFile = snapshot.kind() == TargetKind.FILE;
    StagingArea area = successors.staging().area();
    OrdinalCursor ordinals = context.index().pendingOrdinals();
    List<WrittenFile> written = resumed(ordinals);
    written.addAll(
        appender(template, oneFile)
            .writeFiles(
                ordinals,
                new StagedFiles(successors.staging(), written.size()),
                new ScratchFile(context.storage(), area.directory().resolve("new.pages"))));
    List<NewFile> files = new ArrayList<>();
    for (WrittenFile file : written) {
      StoragePath target = oneFile ? snapshot.target() : snapshot.newFile(files.size());
      files.add(new NewFile(target, new StagedFile(file.path(), file.rows()), file));
    }
    context.progress().addFiles(files.size());
    return files;
  }

  /**
   * Returns the first files that an interrupted merge has finished, and moves {@code ordinals} to
   * the rows after them.
   */
  private List<WrittenFile> resumed(OrdinalCursor ordinals) {
    List<WrittenFile> files = new ArrayList<>();
    Optional<WrittenFile> file =
        successors.staging().finished(StagedFiles.name(0), StagedFiles.PLAN);
    while (file.isPresent()) {
      files.add(file.get());
      context.progress().addRows(file.get().rows());
      skip(ordinals, file.get().rows());
      file = successors.staging().finished(StagedFiles.name(files.size()), StagedFiles.PLAN);
    }
    return files;
  }

  private static void skip(OrdinalCursor ordinals, long rows) {
    long left = rows;
    while (left > 0) {
      long[] skipped = new long[(int) Math.min(left, SKIPPED_AT_ONCE)];
      int count = ordinals.next(skipped);
      if (count == 0) {
        throw new IllegalStateException("Fewer rows to insert than an equal merge has inserted");
      }
      left -= count;
    }
  }

  /** Stages the files of new rows that are still to be written, and remembers what is finished. */
  private record StagedFiles(Staging staging, int first) implements NewFiles {
    // The rows are told by their number alone; the fence says that they are the same.
    static final String PLAN = "inserted";

    static String name(int number) {
      return "new-" + number;
    }

    @Override
    public StorageOutput create(int number) throws IOException {
      return staging.create(name(first + number));
    }

    @Override
    public void finished(int number, WrittenFile file) throws IOException {
      staging.addFinished(name(first + number), PLAN, file);
    }
  }

  /**
   * Appends the rows as new row groups to {@code file}, which was created like {@code template}.
   */
  void appendTo(ParquetFileAssembler file, FileTemplate template) throws IOException {
    appender(template, true).appendRowGroups(file, context.index().pendingOrdinals());
  }

  private RowAppender appender(FileTemplate template, boolean oneFile) {
    ChunkStyle style = ChunkStyle.FOR_NEW.withCompression(request.compression());
    int rowGroupRows = (int) Math.min(request.rowGroupRows(), request.maxFileRows());
    long fileRowGroups = oneFile ? Integer.MAX_VALUE : request.maxFileRows() / rowGroupRows;
    return new RowAppender(
        appending,
        template,
        new AppendOptions(
            rowGroupRows,
            AppendOptions.DEFAULT_ROW_GROUP_BYTES,
            (int) Math.min(Integer.MAX_VALUE, fileRowGroups),
            Collections.nCopies(template.leaves().size(), style),
            Set.of()));
  }

  /**
   * Returns what new files are like: like the first one of the dataset, but requiring no more than
   * all files do, or like the source where there is none.
   */
  private FileTemplate template(Snapshot snapshot) throws IOException {
    Schema newTarget = context.rewrite().schema().newTarget();
    if (newTarget != null) {
      return FileTemplate.forSchema(newTarget);
    }
    StoragePath first = snapshot.files().get(0).path();
    try (ParquetFile file =
        ParquetFile.open(context.storage().open(first), context.rewrite().memory())) {
      return FileTemplate.like(file.footer()).requiringOnly(context.rewrite().schema().required());
    }
  }
}
