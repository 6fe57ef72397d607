package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoDirectoryTest {
  @TempDir private Path temporary;

  @Test
  void aNewDirectoryIsMadeWithItsParents() throws IOException {
    DemoDirectory directory = new DemoDirectory(temporary.resolve("a/b"));

    directory.prepare();

    assertThat(temporary.resolve("a/b")).isDirectory();
  }

  @Test
  void theNextDemoDeletesWhatADemoMakesAndNothingElse() throws IOException {
    DemoDirectory directory = new DemoDirectory(temporary.resolve("demo"));
    directory.prepare();
    Files.createDirectories(directory.target().resolve("_work"));
    Files.writeString(directory.target().resolve("_work/part.parquet"), "old");
    Files.writeString(directory.source(), "old");
    Path note = Files.writeString(temporary.resolve("demo/notes.txt"), "mine");

    directory.prepare();

    assertThat(directory.target()).doesNotExist();
    assertThat(directory.source()).doesNotExist();
    assertThat(note).hasContent("mine");
  }

  @Test
  void aDirectoryOfSomethingElseIsLeftAlone() throws IOException {
    Path file = Files.createDirectories(temporary.resolve("lineitem")).resolve("valuable.parquet");
    Files.writeString(file, "valuable");

    assertThatThrownBy(() -> new DemoDirectory(temporary).prepare())
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining(temporary.toString());
    assertThat(file).hasContent("valuable");
  }

  @Test
  void aFileOfThatNameIsLeftAlone() throws IOException {
    Path file = Files.writeString(temporary.resolve("demo"), "valuable");

    assertThatThrownBy(() -> new DemoDirectory(file).prepare())
        .isInstanceOf(MergeException.InvalidRequest.class);
    assertThat(file).hasContent("valuable");
  }

  @Test
  void linksInTheDatasetAreDeletedAndNotFollowed() throws IOException {
    Path outside = Files.createDirectories(temporary.resolve("outside"));
    Path valuable = Files.writeString(outside.resolve("valuable.parquet"), "valuable");
    DemoDirectory directory = new DemoDirectory(temporary.resolve("demo"));
    directory.prepare();
    Files.createDirectories(directory.target());
    Files.createSymbolicLink(directory.target().resolve("link"), outside);

    directory.prepare();

    assertThat(directory.target()).doesNotExist();
    assertThat(valuable).hasContent("valuable");
  }
}
