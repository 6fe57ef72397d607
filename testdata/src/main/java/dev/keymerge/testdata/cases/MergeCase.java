package dev.keymerge.testdata.cases;

import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.row.Table;
import java.util.List;

/**
 * Holds a target, a source, and the rules to merge them by.
 *
 * <p>A target without files does not exist yet; its schema is then what the source gives it.
 * Whether the rules allow the merge is for the reference merge to say.
 *
 * @param seed makes the same case again
 * @param target rows of the target, file by file
 * @param source rows of the source, in one or several files
 * @param rules what decides the outcome
 * @param targetLayout how each target file is laid out
 * @param sourceLayout how each source file is laid out
 */
public record MergeCase(
    long seed,
    Table target,
    Table source,
    MergeRules rules,
    ParquetLayout targetLayout,
    ParquetLayout sourceLayout) {

  /** Makes the case of a number. */
  public static MergeCase ofSeed(long seed) {
    return new MergeCaseGenerator(seed).generate();
  }

  @Override
  public String toString() {
    List<Integer> sizes = target.files().stream().map(List::size).toList();
    return "MergeCase.ofSeed("
        + seed
        + "L): "
        + rules
        + ", target "
        + target.schema()
        + " in files of "
        + sizes
        + " rows, source "
        + source.schema()
        + " of "
        + source.allRows().size()
        + " rows";
  }
}
