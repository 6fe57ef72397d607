package dev.keymerge.internal.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.Source;
import dev.keymerge.SourceFormat;
import dev.keymerge.internal.storage.LocalStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceFilesTest {
  private static final byte[] PARQUET = "PAR1 and so on".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ARROW = "ARROW1 and so on".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] STREAM = {-1, -1, -1, -1, 8, 0, 0, 0};

  @TempDir private Path directory;

  private void file(String name, byte[] content) throws IOException {
    Path path = directory.resolve(name);
    Files.createDirectories(path.getParent());
    Files.write(path, content);
  }

  private SourceFiles find(String path, SourceFormat format) throws IOException {
    Source.Files source = (Source.Files) Source.of(directory + "/" + path, format);
    return SourceFiles.find(source, new LocalStorage());
  }

  private List<String> names(SourceFiles found) {
    return found.files().stream().map(file -> file.path().name()).toList();
  }

  @Test
  void tellsTheFormatByTheFirstBytesWhateverTheEnding() throws IOException {
    file("a.dat", PARQUET);
    file("b.parquet", ARROW);
    file("c", STREAM);
    assertThat(find("a.dat", SourceFormat.DETECT).format()).isEqualTo(SourceFormat.PARQUET);
    assertThat(find("b.parquet", SourceFormat.DETECT).format()).isEqualTo(SourceFormat.ARROW_FILE);
    assertThat(find("c", SourceFormat.DETECT).format()).isEqualTo(SourceFormat.ARROW_STREAM);
  }

  @Test
  void tellsTheFormatByTheEndingWhereTheBytesDoNot() throws IOException {
    file("a.Parquet", new byte[0]);
    file("b.feather", new byte[] {1, 2, 3});
    assertThat(find("a.Parquet", SourceFormat.DETECT).format()).isEqualTo(SourceFormat.PARQUET);
    assertThat(find("b.feather", SourceFormat.DETECT).format()).isEqualTo(SourceFormat.ARROW_FILE);
  }

  @Test
  void refusesWhatItCannotTell() throws IOException {
    file("a.txt", new byte[] {1, 2, 3});
    assertThatThrownBy(() -> find("a.txt", SourceFormat.DETECT))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("a.txt");
  }

  @Test
  void refusesFilesOfTwoFormats() throws IOException {
    file("data/a.parquet", PARQUET);
    file("data/b.arrow", ARROW);
    assertThatThrownBy(() -> find("data", SourceFormat.DETECT))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("a.parquet is Parquet")
        .hasMessageContaining("b.arrow is an Arrow file");
    assertThat(names(find("data", SourceFormat.PARQUET))).containsExactly("a.parquet");
  }

  @Test
  void takesOfADirectoryTheFilesOfItsFormatInPathOrder() throws IOException {
    file("data/z.parquet", PARQUET);
    file("data/a/2.parquet", PARQUET);
    file("data/a/10.PARQUET", PARQUET);
    file("data/_delta_log/x.parquet", PARQUET);
    file("data/.staging/y.parquet", PARQUET);
    file("data/_metadata.parquet", PARQUET);
    file("data/readme.md", STREAM);
    assertThat(names(find("data", SourceFormat.PARQUET)))
        .containsExactly("10.PARQUET", "2.parquet", "z.parquet");
    assertThat(names(find("data/", SourceFormat.DETECT))).hasSize(3);
  }

  @Test
  void readsNoFileTwice() throws IOException {
    file("data/a/1.parquet", PARQUET);
    file("data/2.parquet", PARQUET);
    assertThat(names(find("data/**/*", SourceFormat.PARQUET)))
        .containsExactly("2.parquet", "1.parquet");
    assertThat(names(find("{data,data/2.parquet}", SourceFormat.PARQUET))).hasSize(2);
  }

  @Test
  void takesAPathThatExistsAsItIs() throws IOException {
    file("a[1].parquet", PARQUET);
    file("a1.parquet", PARQUET);
    assertThat(names(find("a[1].parquet", SourceFormat.PARQUET))).containsExactly("a[1].parquet");
    assertThat(names(find("a[1-2].parquet", SourceFormat.PARQUET))).containsExactly("a1.parquet");
  }

  @Test
  void refusesWhatDoesNotExist() throws IOException {
    file("data/readme.md", STREAM);
    assertThatThrownBy(() -> find("missing", SourceFormat.PARQUET))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("missing does not exist");
    assertThatThrownBy(() -> find("data/*.parquet", SourceFormat.PARQUET))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("data/*.parquet'");
    assertThatThrownBy(() -> find("data", SourceFormat.PARQUET))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("ends in .parq or .parquet");
  }
}
