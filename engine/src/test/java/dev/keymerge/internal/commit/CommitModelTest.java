package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.commit.CommitSearch.Reading;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves the commit protocol on a model of it, and proves the proof: protocols that lack a step, or
 * have two of them the wrong way round, are found wrong.
 */
class CommitModelTest {

  private static @Nullable String search(CommitModel model) {
    return new CommitSearch(model, 1, Reading.YES).run();
  }

  @Test
  void whateverHappensTheTargetIsBeforeOrAfterAndStaysSo() {
    CommitSearch search = new CommitSearch(CommitModel.protocol(), 1, Reading.YES);
    assertThat(search.run()).isNull();
    assertThat(search.states()).isGreaterThan(10_000);
  }

  @Test
  void twoRecoveriesAtOnceAreHarmless() {
    CommitSearch search = new CommitSearch(CommitModel.protocol(), 2, Reading.NO);
    assertThat(search.run()).isNull();
    assertThat(search.states()).isGreaterThan(10_000);
  }

  static Stream<Arguments> wrongProtocols() {
    CommitModel right = CommitModel.protocol();
    return Stream.of(
        wrong("a successor is not synced", right.mergingWithout("sync A")),
        wrong("the staging area is not synced", right.mergingWithout("sync staging")),
        wrong("the staging area's own name is not synced", right.mergingWithout("sync home")),
        wrong("the home's own name is not synced", right.mergingWithout("sync target")),
        wrong("the journal is not synced", right.mergingWithout("sync journal")),
        wrong("the journal's name is not synced", right.mergingWithout("commit")),
        wrong("the published names are not synced", right.mergingWithout("sync published")),
        wrong("the journal comes before a synced file", right.merging("sync D", "publish A")),
        wrong("the journal is synced late", right.merging("sync journal", "publish A")),
        wrong("a file is published before the commit", right.merging("publish A", "commit")),
        wrong("a file is published before the journal", right.merging("publish A", "make home")),
        wrong("a file is removed before the commit", right.merging("remove C", "commit")),
        wrong("the journal goes too early", right.merging("retire journal", "sync published")),
        wrong("the journal goes much too early", right.merging("retire journal", "publish D")),
        wrong("staging is cleaned too early", right.merging("drop D", "publish D")),
        wrong("recovery relies on a seen journal", right.rollingForwardWithout("commit")),
        wrong("recovery relies on seen names", right.rollingForwardWithout("sync published")),
        wrong("recovery forgets a file", right.rollingForwardWithout("publish B")),
        wrong("recovery forgets the journal", right.rollingForwardWithout("retire journal")),
        wrong(
            "recovery retires too early",
            right.rollingForward("retire journal", "sync published")));
  }

  private static Arguments wrong(String what, CommitModel model) {
    return Arguments.of(what, model);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongProtocols")
  void aWrongProtocolIsFound(String what, CommitModel model) {
    assertThat(search(model)).as(what).isNotNull().contains("after: ");
  }

  /**
   * A journal that comes back finds everything in place. The sync is there for those who change a
   * file right after a merge: they should not meet a journal that knows another one.
   */
  @Test
  void aJournalThatComesBackDoesNoHarmByItself() {
    assertThat(search(CommitModel.protocol().mergingWithout("sync retired"))).isNull();
  }

  @Test
  void theModelOfTheDiskEnumeratesWhatCanBeLost() {
    ModelDisk disk = ModelDisk.of(Map.of("T/A", "a0")).create("T/new", "a1").write("a1");
    assertThat(disk.survivors()).hasSize(4);
    assertThat(disk.sync("a1").survivors()).hasSize(2);
    assertThat(disk.sync("a1").syncDirectory("T").survivors()).hasSize(1);
    assertThat(disk.sync("a1").syncDirectory("T").rename("T/new", "T/A").survivors())
        .extracting(left -> left.file("T/A") + " " + left.file("T/new"))
        .containsExactlyInAnyOrder("a0 a1", "a1 a1", "a1 null");
  }
}
