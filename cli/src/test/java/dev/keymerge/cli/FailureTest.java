package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTest {
  @Test
  void everyKindOfFailureHasItsNameAndExitCode() {
    IOException cause = new IOException("disk");
    List<MergeException> failures =
        List.of(
            new MergeException.InvalidRequest("m", "r"),
            new MergeException.BadData("m", "r"),
            new MergeException.LimitExceeded("m", "r"),
            new MergeException.Conflict("m", "r"),
            new MergeException.InputOutput("m", "r", cause),
            new MergeException.OutcomeUnknown("m", "r", cause),
            new MergeException.Cancelled("m", "r"));

    assertThat(failures.stream().map(failure -> Failure.of(failure).kind()))
        .containsExactly(
            "invalid_request",
            "bad_data",
            "limit_exceeded",
            "conflict",
            "input_output",
            "outcome_unknown",
            "cancelled");
    assertThat(failures.stream().map(failure -> Failure.of(failure).exitCode()))
        .containsExactly(2, 3, 4, 5, 6, 7, 130);
  }

  @Test
  void peopleReadWhatIsWrongAndBelowItWhatToDo() {
    Failure failure =
        Failure.of(new MergeException.BadData("Key 7 is there twice.", "Remove one."));

    assertThat(failure.text())
        .isEqualTo("keymerge: Key 7 is there twice." + System.lineSeparator() + "  Remove one.");
  }

  @Test
  void everyMessageIsASentence() {
    assertThat(Failure.of(new MergeException.InvalidRequest("There is no 'x'", "r")).message())
        .isEqualTo("There is no 'x'.");
    assertThat(Failure.of(new MergeException.InvalidRequest("Is there?", "r")).message())
        .isEqualTo("Is there?");
  }

  @Test
  void programsReadOneObjectWithOneMember() throws IOException {
    Failure failure =
        Failure.of(new MergeException.BadData("Key 7 is there twice.", "Remove one."));

    assertThat(JsonTest.names(failure.json())).containsExactly("error");
    assertThat(failure.json().replaceAll("\\s+", ""))
        .isEqualTo(
            "{\"error\":{\"kind\":\"bad_data\",\"message\":\"Key7istheretwice.\","
                + "\"remedy\":\"Removeone.\",\"exit_code\":3}}");
  }

  @Test
  void runningOutOfMemoryIsALimitThatCannotBeMet() {
    Failure failure = Failure.of(new OutOfMemoryError("Java heap space"));

    assertThat(failure.exitCode()).isEqualTo(4);
    assertThat(failure.message()).contains("Java heap space").doesNotContain("as it was");
    assertThat(failure.remedy()).contains("--memory", "keymerge recover");
  }

  @Test
  void anythingElseIsAFaultOfTheProgramAndSaysSo() {
    Failure failure = Failure.of(new IllegalStateException());

    assertThat(failure.kind()).isEqualTo("internal");
    assertThat(failure.exitCode()).isEqualTo(1);
    assertThat(failure.message()).isEqualTo("Internal error: java.lang.IllegalStateException");
    assertThat(failure.remedy()).contains("report").contains("--debug");
  }
}
