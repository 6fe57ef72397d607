package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.plan.RowGroupPlan;
import java.io.IOException;

/** Opens the source values that one target file takes. One thread at a time. */
@FunctionalInterface
public interface ValueFeed {
  /**
   * Opens the values of {@code column} for matches of {@code plan}; the caller closes them.
   *
   * @param file the target file, which is open
   */
  SourceValues open(ParquetFile file, RowGroupPlan plan, String column) throws IOException;
}
