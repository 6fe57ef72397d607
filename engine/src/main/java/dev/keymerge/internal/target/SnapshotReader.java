package dev.keymerge.internal.target;

import dev.keymerge.internal.key.ComponentBounds;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.ChunkMemory;
import dev.keymerge.internal.parquet.FileColumn;
import dev.keymerge.internal.parquet.ParquetFooter;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnMetaData;

/**
 * Takes snapshots of targets: lists their files and reads each footer once, one at a time, keeping
 * a few facts of each.
 *
 * <p>Borrows everything that it is given. Not thread-safe.
 */
public final class SnapshotReader {
  /**
   * Longer bounds cost more memory than they spare work; the unit then counts as one without
   * statistics.
   */
  private static final int LONGEST_BOUND_BYTES = 4096;

  // What the objects take on the heap, about.
  private static final long FILE_BYTES = 270;
  private static final long ROW_GROUP_BYTES = 80;
  private static final long BOUNDS_BYTES = 60;

  private final Storage storage;
  private final ParquetMemory memory;
  private final MemoryReservation kept;
  private final Runnable checkpoint;

  /**
   * Creates a reader.
   *
   * @param storage where targets stand
   * @param memory what reading a footer takes its memory from
   * @param kept charged with what snapshots keep; the caller closes it when it is done with them
   * @param checkpoint run before each file; throws to stop
   */
  public SnapshotReader(
      Storage storage, ParquetMemory memory, MemoryReservation kept, Runnable checkpoint) {
    this.storage = storage;
    this.memory = memory;
    this.kept = kept;
    this.checkpoint = checkpoint;
  }

  /**
   * Takes a snapshot of {@code target}.
   *
   * @param keyColumns names of columns whose statistics are wanted, in any letter case
   * @throws dev.keymerge.MergeException.InvalidRequest if the target has a layout that cannot be
   *     merged into
   * @throws dev.keymerge.MergeException.BadData if a file is no sound Parquet file, or the files'
   *     schemas disagree
   * @throws dev.keymerge.MergeException.InputOutput if it cannot be read
   */
  public Snapshot read(StoragePath target, Collection<String> keyColumns) {
    try {
      return readUnguarded(storage.resolve(target.text()), keyColumns);
    } catch (IOException failure) {
      throw StorageFailure.of("read the target " + target, failure);
    }
  }

  private Snapshot readUnguarded(StoragePath target, Collection<String> keyColumns)
      throws IOException {
    Set<String> wanted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    wanted.addAll(keyColumns);
    TargetListing listing = TargetListing.read(storage, target);
    SchemaAgreement agreement = new SchemaAgreement();
    ContentDigest digest = new ContentDigest();
    List<TargetFile> files = new ArrayList<>();
    for (FileStatus status : listing.files()) {
      checkpoint.run();
      kept.grow(FILE_BYTES + 2L * status.path().text().length());
      try (StorageInput input = storage.open(status.path())) {
        ParquetFooter footer = ParquetFooter.read(input, memory);
        agreement.add(footer);
        files.add(
            new TargetFile(
                status,
                rowGroups(footer, wanted),
                ChunkMemory.toRewrite(footer),
                longestValue(footer)));
        digest.add(status.path().relativeTo(target), status.bytes());
        digest.addFooter(input);
      }
    }
    return new Snapshot(storage, listing, files, agreement.schema(), digest.hex());
  }

  private static long longestValue(ParquetFooter footer) {
    long longest = 0;
    for (FileColumn column : footer.columns()) {
      for (int rowGroup = 0; column.arrow() != null && rowGroup < footer.rowGroups(); rowGroup++) {
        ColumnMetaData chunk = footer.chunk(rowGroup, column.firstLeaf()).getMeta_data();
        long bytes = chunk.getTotal_uncompressed_size() / Math.max(1, chunk.getNum_values());
        longest = Math.max(longest, bytes);
      }
    }
    return longest;
  }

  private List<TargetRowGroup> rowGroups(ParquetFooter footer, Set<String> wanted) {
    List<FileColumn> columns =
        footer.columns().stream()
            .filter(column -> column.arrow() != null && wanted.contains(column.name()))
            .toList();
    kept.grow(footer.rowGroups() * (ROW_GROUP_BYTES + BOUNDS_BYTES * columns.size()));
    List<TargetRowGroup> rowGroups = new ArrayList<>(footer.rowGroups());
    for (int rowGroup = 0; rowGroup < footer.rowGroups(); rowGroup++) {
      Map<String, ComponentBounds> bounds = new HashMap<>();
      for (FileColumn column : columns) {
        ComponentBounds known = bounds(footer, rowGroup, column);
        if (known != ComponentBounds.UNKNOWN) {
          bounds.put(column.name(), known);
        }
      }
      rowGroups.add(new TargetRowGroup(footer.rows(rowGroup), bounds));
    }
    return rowGroups;
  }

  private ComponentBounds bounds(ParquetFooter footer, int rowGroup, FileColumn column) {
    Statistics<?> statistics = footer.statistics(rowGroup, column.firstLeaf());
    if (statistics == null || column.arrow() == null) {
      return ComponentBounds.UNKNOWN;
    }
    long bytes = boundBytes(statistics);
    if (bytes > LONGEST_BOUND_BYTES) {
      return ComponentBounds.UNKNOWN;
    }
    ComponentBounds bounds = StatisticsBounds.of(statistics, footer.rows(rowGroup), column.arrow());
    if (bounds instanceof ComponentBounds.Bytes) {
      kept.grow(bytes);
    }
    return bounds;
  }

  private static long boundBytes(Statistics<?> statistics) {
    return statistics.hasNonNullValue()
        ? (long) statistics.getMinBytes().length + statistics.getMaxBytes().length
        : 0;
  }
}
