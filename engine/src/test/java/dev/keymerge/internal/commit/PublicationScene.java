package dev.keymerge.internal.commit;

import dev.keymerge.internal.commit.StagedChange.Add;
import dev.keymerge.internal.commit.StagedChange.Remove;
import dev.keymerge.internal.commit.StagedChange.Replace;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Sets up a kind of target and a merge into it. */
enum PublicationScene {
  DIRECTORY {
    @Override
    void prepare(PublicationPlace place) {
      place.write(place.target.resolve("a.parquet"), 0, 3);
      place.write(place.target.resolve("b.parquet"), 10, 4);
      place.write(place.target.resolve("c.parquet"), 20, 2);
      place.write(place.target.resolve("sub/d.parquet"), 30, 1);
    }

    @Override
    PublicationPlan plan(PublicationPlace place, StagingArea staging) throws IOException {
      List<StagedChange> changes =
          List.of(
              new Replace(place.stagedFile(staging, "0", 100, 2), place.inTarget("a.parquet")),
              new Add(place.stagedFile(staging, "1", 200, 7), place.inTarget("e/new.parquet")),
              new Replace(place.stagedFile(staging, "2", 300, 1), place.inTarget("sub/d.parquet")),
              new Remove(place.inTarget("b.parquet")));
      return plan(changes, 7, 5);
    }
  },
  MISSING_DIRECTORY {
    @Override
    void prepare(PublicationPlace place) {
      place.target = place.home.resolve("deep/er/table");
    }

    @Override
    PublicationPlan plan(PublicationPlace place, StagingArea staging) throws IOException {
      List<StagedChange> changes =
          List.of(
              new Add(place.stagedFile(staging, "0", 1, 7), place.inTarget("x.parquet")),
              new Add(place.stagedFile(staging, "1", 9, 1), place.inTarget("p/q/y.parquet")));
      return plan(changes, 8, 0);
    }
  },
  FILE {
    @Override
    void prepare(PublicationPlace place) {
      place.target = place.home.resolve("one.parquet");
      place.write(place.target, 0, 5);
    }

    @Override
    PublicationPlan plan(PublicationPlace place, StagingArea staging) throws IOException {
      StagedFile successor = place.stagedFile(staging, "0", 1, 6);
      return plan(List.of(new Replace(successor, PublicationPlace.path(place.target))), 1, 0);
    }
  },
  MISSING_FILE {
    @Override
    void prepare(PublicationPlace place) {
      place.target = place.home.resolve("some/new.parquet");
    }

    @Override
    PublicationPlan plan(PublicationPlace place, StagingArea staging) throws IOException {
      StagedFile file = place.stagedFile(staging, "0", 1, 6);
      return plan(List.of(new Add(file, PublicationPlace.path(place.target))), 6, 0);
    }
  };

  static PublicationPlan plan(List<StagedChange> changes, long inserted, long deleted) {
    return new PublicationPlan(
        changes, new PublicationPlan.Rows(inserted, 0, deleted), "upsert", Duration.ZERO);
  }

  abstract void prepare(PublicationPlace place);

  abstract PublicationPlan plan(PublicationPlace place, StagingArea staging) throws IOException;
}
