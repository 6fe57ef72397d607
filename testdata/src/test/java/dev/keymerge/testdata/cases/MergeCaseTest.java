package dev.keymerge.testdata.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.check.ParquetFileCheck;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.parquet.TableFiles;
import dev.keymerge.testdata.reference.MergeCounts;
import dev.keymerge.testdata.reference.MergeRefusal;
import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.reference.MergeRules.Actions;
import dev.keymerge.testdata.reference.MergeRules.Matched;
import dev.keymerge.testdata.reference.MergeRules.NotMatched;
import dev.keymerge.testdata.reference.MergeRules.NotMatchedBySource;
import dev.keymerge.testdata.reference.ReferenceMerge;
import dev.keymerge.testdata.reference.ReferenceResult;
import dev.keymerge.testdata.row.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeCaseTest {

  private static final int CASES = 600;
  private static final Actions UPSERT =
      new Actions(Matched.UPDATE, NotMatched.INSERT, NotMatchedBySource.KEEP);

  @TempDir Path directory;

  private static Optional<ReferenceResult> merge(MergeCase merge) {
    try {
      return Optional.of(ReferenceMerge.merge(merge.target(), merge.source(), merge.rules()));
    } catch (MergeRefusal refusal) {
      return Optional.empty();
    }
  }

  @Test
  void theSameSeedMakesTheSameCase() {
    for (long seed = 0; seed < 20; seed++) {
      assertThat(MergeCase.ofSeed(seed).toString()).isEqualTo(MergeCase.ofSeed(seed).toString());
      assertThat(MergeCase.ofSeed(seed).source().allRows().toArray(new Object[0][]))
          .isDeepEqualTo(MergeCase.ofSeed(seed).source().allRows().toArray(new Object[0][]));
    }
  }

  @Test
  void everyOutcomeIsDrawnAndEveryCountIsConserved() {
    Map<MergeRefusal.Kind, Integer> refusals = new EnumMap<>(MergeRefusal.Kind.class);
    long inserted = 0;
    long updated = 0;
    long unchanged = 0;
    long deleted = 0;
    long stale = 0;
    long ignored = 0;
    long dropped = 0;
    for (long seed = 0; seed < CASES; seed++) {
      MergeCase merge = MergeCase.ofSeed(seed);
      try {
        ReferenceResult result =
            ReferenceMerge.merge(merge.target(), merge.source(), merge.rules());
        MergeCounts counts = result.counts();
        assertThat(result.allRows()).as("%s", merge).hasSize((int) counts.targetRowsAfter());
        inserted += counts.inserted();
        updated += counts.updated();
        unchanged += counts.unchanged();
        deleted += counts.deleted();
        stale += counts.stale();
        ignored += counts.ignored();
        dropped += counts.duplicatesDropped();
      } catch (MergeRefusal refusal) {
        refusals.merge(refusal.kind(), 1, Integer::sum);
      }
    }
    assertThat(List.of(inserted, updated, unchanged, deleted, stale, ignored, dropped))
        .allSatisfy(count -> assertThat(count).isGreaterThan(100));
    assertThat(refusals.values().stream().mapToInt(Integer::intValue).sum()).isLessThan(CASES / 2);
    assertThat(refusals.keySet())
        .contains(
            MergeRefusal.Kind.DUPLICATE_KEY,
            MergeRefusal.Kind.NULL_KEY,
            MergeRefusal.Kind.MATCHED,
            MergeRefusal.Kind.NOT_MATCHED,
            MergeRefusal.Kind.REQUIRED_VALUE);
  }

  @Test
  void anUpsertDoneTwiceIsAnUpsertDoneOnce() {
    for (long seed = 0; seed < CASES; seed++) {
      MergeCase merge = MergeCase.ofSeed(seed);
      MergeRules rules = merge.rules();
      Optional<ReferenceResult> once = merge(merge);
      boolean repeatable =
          rules.actions().equals(UPSERT)
              && rules.deleteMarker() == null
              && rules.nullKeys() != MergeRules.NullKeys.NEVER
              && rules.updateColumns().equals(MergeRules.UpdateColumns.all());
      if (repeatable && once.isPresent()) {
        Table after = Table.of(once.get().schema(), once.get().allRows());
        ReferenceResult twice = ReferenceMerge.merge(after, merge.source(), rules);
        assertThat(twice.changedFiles()).as("%s", merge).isEmpty();
        assertThat(twice.inserted()).as("%s", merge).isEmpty();
      }
    }
  }

  @Test
  void everyCaseCanBeWrittenAndReadBack() throws IOException {
    for (long seed = 0; seed < 60; seed++) {
      MergeCase merge = MergeCase.ofSeed(seed);
      List<Path> files =
          TableFiles.writeEach(
              directory.resolve("case" + seed),
              merge.source().schema(),
              merge.source().files(),
              merge.sourceLayout());
      assertThat(ParquetJavaTableReader.read(files).allRows().toArray(new Object[0][]))
          .as("%s", merge)
          .isDeepEqualTo(merge.source().allRows().toArray(new Object[0][]));
      for (Path file : files) {
        assertThat(ParquetFileCheck.violations(file)).as("%s", merge).isEmpty();
      }
    }
  }
}
