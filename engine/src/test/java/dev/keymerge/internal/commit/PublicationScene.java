package dev.keymerge.internal.commit;

import dev.keymerge.internal.commit.StagedChange.Add;
import dev.keymerge.internal.commit.StagedChange.Remove;
import dev.keymerge.internal.commit.StagedChange.Replace;
import java.io.IOException;
import java.util.List;

/** Sets up a kind of target and a merge into it. */
enum PublicationScene {
  DIRECTORY {
    @Override
    void prepare(PublicationTest test) {
      test.write(test.target.resolve("a.parquet"), 0, 3);
      test.write(test.target.resolve("b.parquet"), 10, 4);
      test.write(test.target.resolve("c.parquet"), 20, 2);
      test.write(test.target.resolve("sub/d.parquet"), 30, 1);
    }

    @Override
    PublicationPlan plan(PublicationTest test, StagingArea staging) throws IOException {
      List<StagedChange> changes =
          List.of(
              new Replace(test.stagedFile(staging, "0", 100, 2), test.inTarget("a.parquet")),
              new Add(test.stagedFile(staging, "1", 200, 7), test.inTarget("e/new.parquet")),
              new Replace(test.stagedFile(staging, "2", 300, 1), test.inTarget("sub/d.parquet")),
              new Remove(test.inTarget("b.parquet")));
      return new PublicationPlan(changes, 7, 5);
    }
  },
  MISSING_DIRECTORY {
    @Override
    void prepare(PublicationTest test) {
      test.target = test.home.resolve("deep/er/table");
    }

    @Override
    PublicationPlan plan(PublicationTest test, StagingArea staging) throws IOException {
      List<StagedChange> changes =
          List.of(
              new Add(test.stagedFile(staging, "0", 1, 7), test.inTarget("x.parquet")),
              new Add(test.stagedFile(staging, "1", 9, 1), test.inTarget("p/q/y.parquet")));
      return new PublicationPlan(changes, 8, 0);
    }
  },
  FILE {
    @Override
    void prepare(PublicationTest test) {
      test.target = test.home.resolve("one.parquet");
      test.write(test.target, 0, 5);
    }

    @Override
    PublicationPlan plan(PublicationTest test, StagingArea staging) throws IOException {
      StagedFile successor = test.stagedFile(staging, "0", 1, 6);
      return new PublicationPlan(
          List.of(new Replace(successor, PublicationTest.path(test.target))), 1, 0);
    }
  },
  MISSING_FILE {
    @Override
    void prepare(PublicationTest test) {
      test.target = test.home.resolve("some/new.parquet");
    }

    @Override
    PublicationPlan plan(PublicationTest test, StagingArea staging) throws IOException {
      StagedFile file = test.stagedFile(staging, "0", 1, 6);
      return new PublicationPlan(List.of(new Add(file, PublicationTest.path(test.target))), 6, 0);
    }
  };

  abstract void prepare(PublicationTest test);

  abstract PublicationPlan plan(PublicationTest test, StagingArea staging) throws IOException;
}
