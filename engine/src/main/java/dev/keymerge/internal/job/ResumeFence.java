package dev.keymerge.internal.job;

import dev.keymerge.MergeRequest;
import dev.keymerge.internal.parquet.FileTemplate;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Sha256;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Boils everything down to one text that decides what a merge writes: the version of the program,
 * the request, every file of the target, and the source. Files that a merge with the same fence has
 * finished are those that this one would write.
 */
final class ResumeFence {
  /** Changes with the names of staged files, and with what is written to them. */
  private static final int STAGING_FORMAT = 2;

  private final MessageDigest digest = Sha256.digest();

  private ResumeFence() {}

  /** Returns the fence of a merge. */
  static String of(MergeRequest request, Snapshot snapshot, SourceTable source) {
    ResumeFence fence = new ResumeFence();
    fence.add(FileTemplate.writer());
    fence.add(STAGING_FORMAT);
    fence.add(request);
    fence.add(snapshot);
    source.schema().getFields().forEach(fence::add);
    source.identity().forEach(fence::add);
    return HexFormat.of().formatHex(fence.digest.digest());
  }

  private void add(MergeRequest request) {
    add(request.keyColumns());
    add(request.matched());
    add(request.notMatched());
    add(request.notMatchedBySource());
    add(request.duplicates());
    add(request.nullKeys());
    add(request.nameMatching());
    add(request.updateColumns());
    add(String.valueOf(request.orderColumn()));
    add(String.valueOf(request.deleteMarker()));
    add(request.compression());
    add(request.rowGroupRows());
    add(request.maxFileRows());
  }

  private void add(Snapshot snapshot) {
    add(snapshot.target());
    add(snapshot.kind());
    add(snapshot.exists());
    add(snapshot.id());
    for (TargetFile file : snapshot.files()) {
      FileStatus status = file.status();
      add(status.path());
      add(status.bytes());
      add(status.modifiedNanos());
      add(status.identity());
      add(status.changedNanos());
    }
  }

  private void add(Object part) {
    byte[] text = part.toString().getBytes(StandardCharsets.UTF_8);
    digest.update((text.length + ":").getBytes(StandardCharsets.UTF_8));
    digest.update(text);
  }
}
