package dev.keymerge.testdata.cases;

import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.reference.MergeRules.Actions;
import dev.keymerge.testdata.reference.MergeRules.DuplicateKeys;
import dev.keymerge.testdata.reference.MergeRules.Matched;
import dev.keymerge.testdata.reference.MergeRules.NotMatched;
import dev.keymerge.testdata.reference.MergeRules.NotMatchedBySource;
import dev.keymerge.testdata.reference.MergeRules.NullKeys;
import dev.keymerge.testdata.reference.MergeRules.UpdateColumns;
import dev.keymerge.testdata.row.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Draws rules that make sense for given columns; most of them allow the merge. Used once. */
final class RandomRules {

  private final Random random;
  private final List<String> keyColumns;
  private final TableSchema target;
  private final TableSchema source;

  RandomRules(Random random, List<String> keyColumns, TableSchema target, TableSchema source) {
    this.random = random;
    this.keyColumns = keyColumns;
    this.target = target;
    this.source = source;
  }

  MergeRules draw(boolean ordered, boolean marked) {
    MergeRules rules =
        actions()
            .withNullKeys(oneOf(NullKeys.values(), 0.9))
            .withDuplicates(oneOf(DuplicateKeys.values(), 0.4))
            .withUpdateColumns(updateColumns());
    if (ordered) {
      rules = rules.withOrderColumn(MergeCaseGenerator.ORDER_COLUMN);
    }
    if (marked) {
      rules =
          rules.withDeleteMarker(MergeCaseGenerator.MARKER_COLUMN, MergeCaseGenerator.DELETE_MARK);
    }
    return rules;
  }

  private MergeRules actions() {
    String[] keys = keyColumns.toArray(new String[0]);
    return switch (random.nextInt(8)) {
      case 0, 1 -> MergeRules.upsert(keys);
      case 2 -> MergeRules.insert(keys);
      case 3 -> MergeRules.update(keys);
      case 4 -> MergeRules.delete(keys);
      case 5 -> MergeRules.sync(keys);
      default -> MergeRules.of(anyActions(), keys);
    };
  }

  private Actions anyActions() {
    return new Actions(
        oneOf(Matched.values(), 0.3),
        oneOf(NotMatched.values(), 0.3),
        oneOf(NotMatchedBySource.values(), 0.3));
  }

  /** Draws the first constant at a rate, else any. */
  private <T> T oneOf(T[] constants, double rateOfFirst) {
    return random.nextDouble() < rateOfFirst
        ? constants[0]
        : constants[random.nextInt(constants.length)];
  }

  private UpdateColumns updateColumns() {
    List<String> shared = new ArrayList<>();
    for (String name : source.names()) {
      if (target.has(name) && !keyColumns.contains(name) && random.nextBoolean()) {
        shared.add(name);
      }
    }
    String[] names = shared.toArray(new String[0]);
    if (names.length == 0) {
      return UpdateColumns.all();
    }
    return switch (random.nextInt(4)) {
      case 0 -> UpdateColumns.only(names);
      case 1 -> UpdateColumns.except(names);
      default -> UpdateColumns.all();
    };
  }
}
