package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnouncementTest {
  @TempDir private Path directory;

  @Test
  void whateverFailsAfterAChangeIsNoFailureOfTheChange() {
    OutOfMemoryError failure = new OutOfMemoryError("Java heap space");
    assertThatThrownBy(
            () ->
                Announcement.of(
                    "The merge is complete",
                    () -> {
                      throw failure;
                    }))
        .isInstanceOfSatisfying(
            MergeException.OutcomeUnknown.class, e -> assertThat(e.exitCode()).isEqualTo(7))
        .hasMessageStartingWith("The merge is complete, but showing the result failed")
        .hasCause(failure);
  }

  @Test
  void aCommandWhoseResultCannotBeShownDoesNotEndLikeOneThatDidNothing() {
    String said = recoverTelling(new Full());

    assertThat(said).contains(directory + " is recovered, but showing the result failed");
  }

  @Test
  void aResultThatDoesNotArriveIsNotTakenForOneThatDid() {
    PrintStream full =
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int one) throws IOException {
                throw new IOException("No space left on device");
              }
            },
            true,
            StandardCharsets.UTF_8);
    String said = recoverTelling(full);

    assertThat(said)
        .contains(" is recovered, but showing the result failed")
        .contains("cannot be written to standard output");
  }

  /** Recovers a directory, which ends with 7, and returns what is said on standard error. */
  private String recoverTelling(PrintStream out) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Shell shell =
        new Shell(
            new ByteArrayInputStream(new byte[0]),
            out,
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            Map.of(),
            Map.of());

    int code =
        new Program(shell, new Cancellation(shell)).run("recover", directory.toString(), "--json");

    assertThat(code).isEqualTo(7);
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Has room for what is printed second only. */
  private static final class Full extends PrintStream {
    private boolean full = true;

    Full() {
      super(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    }

    @Override
    public void println(String text) {
      if (full) {
        full = false;
        throw new OutOfMemoryError("Java heap space");
      }
      super.println(text);
    }
  }
}
