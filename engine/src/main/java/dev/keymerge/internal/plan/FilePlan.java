package dev.keymerge.internal.plan;

import dev.keymerge.internal.storage.FileStatus;
import java.util.List;

/**
 * Says what happens to the rows of one target file: with the source rows, all that a rewrite needs
 * to know.
 *
 * <p>Where matches are many they stay on disk and are read in chunks; a file's plan in memory,
 * which can be sent elsewhere, has only {@link ArrayMatches}.
 *
 * @param file the file as the snapshot saw it
 * @param rowGroups plans in row-group order, only for row groups where some row matches
 */
public record FilePlan(FileStatus file, List<RowGroupPlan> rowGroups) {}
