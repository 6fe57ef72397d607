package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetHomeTest {
  private final Storage storage = new LocalStorage();
  @TempDir private Path temporary;
  private Path root;

  @BeforeEach
  void followTheTemporaryDirectory() throws IOException {
    root = temporary.toRealPath();
  }

  @Test
  void isInsideADirectoryAndBesideAnythingElse() throws IOException {
    Files.createDirectories(root.resolve("table"));
    Files.writeString(root.resolve("one.parquet"), "");

    assertThat(DatasetHome.of(storage, path("table")).directory())
        .isEqualTo(path("table/_keymerge"));
    assertThat(DatasetHome.of(storage, path("one.parquet")).directory())
        .isEqualTo(path("_keymerge/one.parquet.home"));
    assertThat(DatasetHome.of(storage, path("missing")).directory())
        .isEqualTo(path("_keymerge/missing.home"));
    assertThat(DatasetHome.inside(path("table")).isInside()).isTrue();
    assertThat(DatasetHome.beside(path("table")).isInside()).isFalse();
  }

  @Test
  void aDirectoryMayHaveBeenBornBesideItself() throws IOException {
    Files.createDirectories(root.resolve("table"));
    assertThat(DatasetHome.places(storage, path("table")))
        .extracting(DatasetHome::directory)
        .containsExactly(path("table/_keymerge"), path("_keymerge/table.home"));
    assertThat(DatasetHome.places(storage, path("missing")))
        .extracting(DatasetHome::directory)
        .containsExactly(path("_keymerge/missing.home"));
  }

  @Test
  void knowsTheNamesOfMerges() {
    String id = UUID.randomUUID().toString();
    assertThat(DatasetHome.isMergeId(id)).isTrue();
    assertThat(DatasetHome.isMergeId(id + "0")).isFalse();
    assertThat(DatasetHome.isMergeId("a.parquet")).isFalse();
  }

  @Test
  void refusesAHomeBehindALink() throws IOException {
    Files.createDirectories(root.resolve("table"));
    Files.createDirectories(root.resolve("elsewhere"));
    Files.createSymbolicLink(root.resolve("table/_keymerge"), root.resolve("elsewhere"));

    assertThatThrownBy(() -> DatasetHome.of(storage, path("table")))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("elsewhere");
  }

  private StoragePath path(String name) {
    return new StoragePath(root.resolve(name).toString());
  }
}
