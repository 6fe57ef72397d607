package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.FaultyStorage.Effect;
import dev.keymerge.internal.storage.FaultyStorage.Extent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublicationFaultTest {
  private static final Runnable GO_AHEAD = () -> {};

  @TempDir private Path temporary;
  private PublicationPlace place;

  @BeforeEach
  void makeRoom() throws IOException {
    place = new PublicationPlace(temporary);
  }

  @AfterEach
  void giveMemoryBack() {
    place.close();
  }

  @ParameterizedTest
  @CsvSource({
    "DIRECTORY,NOT_DONE,ONE",
    "DIRECTORY,DONE,ONE",
    "DIRECTORY,NOT_DONE,ALL_FROM_THERE",
    "DIRECTORY,DONE,ALL_FROM_THERE",
    "MISSING_DIRECTORY,NOT_DONE,ONE",
    "MISSING_DIRECTORY,DONE,ONE",
    "MISSING_DIRECTORY,NOT_DONE,ALL_FROM_THERE",
    "FILE,NOT_DONE,ONE",
    "FILE,DONE,ONE",
    "FILE,NOT_DONE,ALL_FROM_THERE",
    "MISSING_FILE,NOT_DONE,ONE",
    "MISSING_FILE,DONE,ONE",
    "MISSING_FILE,NOT_DONE,ALL_FROM_THERE"
  })
  void isAllOrNothingWhateverOperationFails(PublicationScene scene, Effect effect, Extent extent)
      throws IOException {
    Map<String, String> after = place.published(scene);
    Set<Class<?>> outcomes = new HashSet<>();
    boolean fired = true;
    for (int operation = 0; fired; operation++) {
      place.startAnew();
      scene.prepare(place);
      Map<String, String> before = PublicationPlace.contents(place.home);
      Throwable failure;
      try (StagingArea staging = place.stage(scene)) {
        Publication publication = place.publication(staging);
        place.storage.arm(operation, effect, extent);
        failure = catchThrowable(() -> publication.publish(GO_AHEAD));
        fired = place.storage.fired() > 0;
        place.storage.disarm();
      }
      if (failure != null) {
        outcomes.add(failure.getClass());
        assertThat(failure).as("operation %d", operation).hasMessageContaining("injected failure");
      }
      if (failure instanceof MergeException.InputOutput) {
        assertThat(PublicationPlace.contents(place.home))
            .as("operation %d", operation)
            .isEqualTo(before);
      } else if (failure == null) {
        assertThat(PublicationPlace.contents(place.home))
            .as("operation %d", operation)
            .isEqualTo(after);
      }
      boolean committed =
          failure == null || place.hidden().stream().anyMatch(name -> name.endsWith("/journal"));
      assertThat(committed && failure instanceof MergeException.InputOutput).isFalse();
      place.recovery().run(PublicationPlace.path(place.target));
      assertThat(PublicationPlace.contents(place.home))
          .as("operation %d", operation)
          .isEqualTo(committed ? after : before);
      assertThat(place.hidden())
          .as("operation %d", operation)
          .hasSize(committed ? 1 : 0)
          .allMatch(name -> name.endsWith("/history"));
    }
    assertThat(outcomes)
        .containsExactlyInAnyOrder(
            MergeException.InputOutput.class, MergeException.OutcomeUnknown.class);
  }
}
