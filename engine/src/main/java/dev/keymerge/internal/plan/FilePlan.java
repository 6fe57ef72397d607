package dev.keymerge.internal.plan;

import dev.keymerge.internal.storage.FileStatus;
import java.io.Serializable;
import java.util.List;

/**
 * Says what happens to the rows of one target file: with the source rows, all that a rewrite needs
 * to know.
 *
 * @param file the file as the snapshot saw it
 * @param rowGroups plans in row-group order, only for row groups where some row matches
 */
public record FilePlan(FileStatus file, List<RowGroupPlan> rowGroups) implements Serializable {
  private static final long serialVersionUID = 1L;
}
