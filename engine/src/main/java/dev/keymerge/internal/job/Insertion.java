package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.internal.append.AppendContext;
import dev.keymerge.internal.append.AppendOptions;
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
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
    List<WrittenFile> written =
        appender(template, oneFile)
            .writeFiles(
                context.index().pendingOrdinals(),
                number -> area.create("new-" + number),
                new ScratchFile(context.storage(), area.directory().resolve("new.pages")));
    List<NewFile> files = new ArrayList<>();
    for (WrittenFile file : written) {
      StoragePath target = oneFile ? snapshot.target() : snapshot.newFile(files.size());
      files.add(new NewFile(target, new StagedFile(file.path(), file.rows()), file));
    }
    context.progress().addFiles(files.size());
    return files;
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
