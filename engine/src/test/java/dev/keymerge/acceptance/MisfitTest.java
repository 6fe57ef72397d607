package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.testdata.cases.MergeCase;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.reference.MergeRules.DuplicateKeys;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Puts one number that does not fit its column somewhere into the source of random cases: whether
 * the row would have counted or not, the merge is refused and leaves no trace.
 */
class MisfitTest {
  private static final long FIRST_SEED = 3_000_000;
  private static final int SEEDS = 120;
  private static final int LEAST_CASES = 20;
  private static final long TOO_LARGE = 1L << 40;

  @TempDir private Path directory;

  @Test
  void oneNumberThatDoesNotFitIsRefusedWhereverItStands() throws IOException {
    int tried = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      MergeCase merge = MergeCase.ofSeed(seed);
      List<String> columns = smallIntegers(merge);
      if (!columns.isEmpty() && !merge.source().allRows().isEmpty()) {
        Random random = new Random(seed);
        String column = columns.get(random.nextInt(columns.size()));
        checkRefused(withMisfit(merge, column, random), column);
        tried++;
      }
    }
    assertThat(tried).isGreaterThan(LEAST_CASES);
  }

  private void checkRefused(MergeCase merge, String column) throws IOException {
    Path place = Files.createDirectory(directory.resolve("case-" + merge.seed()));
    CaseChecker checker = new CaseChecker(place, merge);
    checker.files().writeTarget();
    DirectoryState before = DirectoryState.of(checker.files().root());
    assertThatThrownBy(() -> checker.run(Tuning.of(2), RunMode.MERGE))
        .as("%s", merge)
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContainingAll(column, Long.toString(TOO_LARGE));
    assertThat(DirectoryState.of(checker.files().root())).as("%s", merge).isEqualTo(before);
    assertThat(checker.leftovers()).as("%s", merge).isEmpty();
    Trees.delete(place);
  }

  /**
   * Lists the columns of an existing target that hold integers of at most 32 bits on both sides.
   */
  private static List<String> smallIntegers(MergeCase merge) {
    List<String> names = new ArrayList<>();
    if (merge.target().files().isEmpty()) {
      return names;
    }
    for (Column column : merge.target().schema().columns()) {
      TableSchema source = merge.source().schema();
      if (isSmallInteger(column.type())
          && source.has(column.name())
          && isSmallInteger(source.column(column.name()).type())) {
        names.add(column.name());
      }
    }
    return names;
  }

  private static boolean isSmallInteger(LogicalType type) {
    return switch (type.kind()) {
      case INT8, INT16, INT32, UINT8, UINT16, UINT32 -> true;
      default -> false;
    };
  }

  /**
   * Widens a column of the source, sets one value of it, and upserts; the last duplicate counts.
   */
  private static MergeCase withMisfit(MergeCase merge, String name, Random random) {
    TableSchema schema = merge.source().schema();
    List<Column> columns = new ArrayList<>(schema.columns());
    int position = schema.position(name);
    columns.set(position, Column.nullable(name, LogicalType.INT64));
    List<@Nullable Object[]> rows = new ArrayList<>();
    merge.source().allRows().forEach(row -> rows.add(row.clone()));
    rows.get(random.nextInt(rows.size()))[position] = TOO_LARGE;
    MergeRules rules =
        MergeRules.upsert(merge.rules().keyColumns().toArray(new String[0]))
            .withDuplicates(DuplicateKeys.LAST);
    if (merge.rules().deleteMarker() != null) {
      MergeRules.DeleteMarker marker = merge.rules().deleteMarker();
      rules = rules.withDeleteMarker(marker.column(), marker.text());
    }
    return new MergeCase(
        merge.seed(),
        merge.target(),
        Table.of(TableSchema.of(columns), rows),
        rules,
        merge.targetLayout(),
        ParquetLayout.standard());
  }
}
