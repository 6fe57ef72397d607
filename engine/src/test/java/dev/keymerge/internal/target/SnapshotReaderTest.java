package dev.keymerge.internal.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.key.ComponentBounds;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotReaderTest {
  private static final Column ID = Column.required("Id", LogicalType.INT64);
  private static final Column NAME = Column.nullable("name", LogicalType.STRING);
  private static final TableSchema SCHEMA = TableSchema.of(ID, NAME);
  private static final ParquetLayout LAYOUT = ParquetLayout.builder().rowGroupRows(100).build();

  private final Storage storage = new LocalStorage();
  private final MemoryBudget budget = new MemoryBudget(100_000_000);
  @TempDir private Path temporary;
  private Path root;

  @BeforeEach
  void followTheTemporaryDirectory() throws IOException {
    root = temporary.toRealPath().resolve("t");
  }

  @Test
  void keepsRowCountsAndKeyStatisticsOfEveryFile() throws IOException {
    write("b.parquet", SCHEMA, 1000, 250);
    write("a/x.PARQUET", SCHEMA, 5, 1);
    Files.writeString(root.resolve("_SUCCESS"), "");
    Files.writeString(root.resolve("notes.csv"), "not data");

    Snapshot snapshot = read(root, "id");

    assertThat(snapshot.kind()).isEqualTo(TargetKind.DIRECTORY);
    assertThat(snapshot.exists()).isTrue();
    assertThat(snapshot.files())
        .extracting(file -> file.path().relativeTo(snapshot.target()))
        .containsExactly("a/x.PARQUET", "b.parquet");
    assertThat(snapshot.rows()).isEqualTo(251);
    assertThat(snapshot.bytes())
        .isEqualTo(Files.size(root.resolve("a/x.PARQUET")) + Files.size(root.resolve("b.parquet")));
    TargetFile file = snapshot.files().get(1);
    assertThat(file.rows()).isEqualTo(250);
    assertThat(file.rowGroups()).extracting(TargetRowGroup::rows).containsExactly(100L, 100L, 50L);
    assertThat(file.rowGroups().get(1).bounds("Id"))
        .isEqualTo(new ComponentBounds.Words(1100, 1199, false));
    assertThat(file.rowGroups().get(1).bounds("name")).isSameAs(ComponentBounds.UNKNOWN);
  }

  @Test
  void takesASingleFileWhateverItsName() throws IOException {
    write("data", SCHEMA, 0, 3);

    Snapshot snapshot = read(root.resolve("data"));

    assertThat(snapshot.kind()).isEqualTo(TargetKind.FILE);
    assertThat(snapshot.files()).hasSize(1);
    assertThat(snapshot.rows()).isEqualTo(3);
    assertThatThrownBy(() -> snapshot.newFile(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void takesAMissingOrEmptyTargetForADatasetWithoutRows() throws IOException {
    Snapshot directory = read(root);
    assertThat(directory.kind()).isEqualTo(TargetKind.DIRECTORY);
    assertThat(directory.exists()).isFalse();
    assertThat(directory.schema()).isEmpty();
    assertThat(directory.rows()).isZero();
    assertThat(read(root.resolve("x.parquet")).kind()).isEqualTo(TargetKind.FILE);

    Files.createDirectories(root.resolve("_keymerge/old"));
    Snapshot empty = read(root);
    assertThat(empty.exists()).isTrue();
    assertThat(empty.kind()).isEqualTo(TargetKind.DIRECTORY);
    assertThat(empty.schema()).isEmpty();
    assertThat(empty.id()).isEqualTo(directory.id());
  }

  @Test
  void agreesOnTypesWhateverTheOrderTheFormAndTheNullability() throws IOException {
    Column amount = Column.required("amount", LogicalType.decimal(9, 2));
    TableSchema first = TableSchema.of(ID, amount, NAME);
    TableSchema second =
        TableSchema.of(NAME, Column.nullable("amount", LogicalType.decimal(9, 2)), ID);
    ParquetLayout fixed =
        ParquetLayout.builder().decimalForm(ParquetLayout.DecimalForm.FIXED).build();
    ParquetTableWriter.write(root.resolve("a.parquet"), first, List.of(), LAYOUT);
    ParquetTableWriter.write(root.resolve("b.parquet"), second, List.of(), fixed);

    DatasetSchema schema = read(root).schema().orElseThrow();

    assertThat(schema.columns())
        .extracting(DatasetSchema.Column::name)
        .containsExactly("Id", "amount", "name");
    assertThat(schema.required()).isEqualTo(Set.of("Id"));
    assertThat(schema.opaque()).isEmpty();
    Field decimal = schema.arrow().findField("amount");
    assertThat(decimal.isNullable()).isTrue();
    assertThat(decimal.getType()).isEqualTo(new ArrowType.Decimal(9, 2, 128));
    assertThat(schema.arrow().findField("Id").isNullable()).isFalse();
  }

  @Test
  void refusesFilesWhoseTypesDiffer() throws IOException {
    write("a.parquet", SCHEMA, 0, 1);
    TableSchema other = TableSchema.of(Column.required("Id", LogicalType.INT32), NAME);
    ParquetTableWriter.write(root.resolve("b.parquet"), other, List.of(), LAYOUT);

    assertThatThrownBy(() -> read(root))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessage(
            "The files of the target disagree about column 'Id': Int(64, true) in %s/a.parquet,"
                + " Int(32, true) in %s/b.parquet.",
            root, root);
  }

  @Test
  void refusesFilesWhoseColumnsDiffer() throws IOException {
    write("a.parquet", SCHEMA, 0, 1);
    ParquetTableWriter.write(root.resolve("b.parquet"), TableSchema.of(ID), List.of(), LAYOUT);
    assertThatThrownBy(() -> read(root))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("'name': Utf8 in " + root + "/a.parquet, no such column in");

    Files.delete(root.resolve("b.parquet"));
    TableSchema wider = SCHEMA.plus(Column.nullable("NAME", LogicalType.DATE));
    ParquetTableWriter.write(root.resolve("b.parquet"), wider, List.of(), LAYOUT);
    assertThatThrownBy(() -> read(root))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("'NAME': no such column in");
  }

  @Test
  void refusesLayoutsThatItWouldDamage() throws IOException {
    write("day=2024-01-01/a.parquet", SCHEMA, 0, 1);
    assertThatThrownBy(() -> read(root))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("day=2024-01-01");

    Path linked = root.resolveSibling("linked");
    Files.createDirectories(linked);
    Files.createSymbolicLink(linked.resolve("a.parquet"), root.resolve("day=2024-01-01/a.parquet"));
    assertThatThrownBy(() -> read(linked))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining(linked + "/a.parquet")
        .hasMessageContaining(root + "/day=2024-01-01/a.parquet");

    Path unnamed = root.resolveSibling("unnamed");
    Files.createDirectories(unnamed);
    Files.writeString(unnamed.resolve("part-00000"), "");
    assertThatThrownBy(() -> read(unnamed))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("part-00000");
  }

  @Test
  void reachesATargetThroughALink() throws IOException {
    write("v1/a.parquet", SCHEMA, 0, 1);
    Files.createSymbolicLink(root.resolve("current"), Path.of("v1"));

    assertThat(read(root.resolve("current")).target().text()).isEqualTo(root + "/v1");
    assertThat(read(root.resolve("current/a.parquet")).target().text())
        .isEqualTo(root + "/v1/a.parquet");
  }

  @Test
  void namesAFileThatIsNoParquet() throws IOException {
    write("a.parquet", SCHEMA, 0, 1);
    Files.writeString(root.resolve("b.parquet"), "this is only text that is long enough");

    assertThatThrownBy(() -> read(root))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining(root + "/b.parquet");
  }

  @Test
  void identifiesContentAndNeitherTimeNorPlace() throws IOException {
    write("a.parquet", SCHEMA, 0, 10);
    write("b.parquet", SCHEMA, 10, 10);
    Snapshot original = read(root);

    Path copy = root.resolveSibling("copy");
    Files.createDirectories(copy);
    for (String name : List.of("a.parquet", "b.parquet")) {
      Files.copy(root.resolve(name), copy.resolve(name));
      Files.setLastModifiedTime(copy.resolve(name), FileTime.fromMillis(0));
    }
    Snapshot copied = read(copy);
    assertThat(copied.id()).isEqualTo(original.id()).matches("[0-9a-f]{64}");
    assertThat(copied.newFile(3).text())
        .isEqualTo(copy + "/keymerge-" + original.id().substring(0, 12) + "-00003.parquet");

    write("other/b.parquet", SCHEMA, 11, 10);
    Files.copy(
        root.resolve("other/b.parquet"),
        copy.resolve("b.parquet"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThat(read(copy).id()).isNotEqualTo(original.id());
  }

  @Test
  void noticesWhatSomeoneElseDoes() throws IOException {
    write("a.parquet", SCHEMA, 0, 10);
    write("b.parquet", SCHEMA, 0, 10);
    Snapshot snapshot = read(root);
    snapshot.verifyUnchanged();
    Files.writeString(root.resolve("ignored.txt"), "");
    snapshot.verifyUnchanged();

    write("c.parquet", SCHEMA, 0, 10);
    Files.delete(root.resolve("a.parquet"));
    Path successor = write("_b", SCHEMA, 0, 10);
    Files.setLastModifiedTime(successor, Files.getLastModifiedTime(root.resolve("b.parquet")));
    Files.move(successor, root.resolve("b.parquet"), StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(snapshot::verifyUnchanged)
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining(
            "%s/a.parquet was removed, %s/b.parquet was changed, %s/c.parquet was added",
            root, root, root);
  }

  @Test
  void noticesThatAMissingTargetWasMade() throws IOException {
    Snapshot snapshot = read(root);
    snapshot.verifyUnchanged();
    Files.createDirectories(root);

    assertThatThrownBy(snapshot::verifyUnchanged)
        .isInstanceOf(MergeException.Conflict.class)
        .hasMessageContaining(root + " was made");
  }

  @Test
  void chargesWhatItKeepsAndGivesTheRestBack() throws IOException {
    write("a.parquet", SCHEMA, 0, 1000);
    try (MemoryReservation kept = budget.open("snapshot");
        ParquetMemory memory = new ParquetMemory(budget, "test")) {
      new SnapshotReader(storage, memory, kept, () -> {}).read(path(root), Set.of("Id"));
      assertThat(kept.bytes()).isPositive();
      assertThat(budget.usedBytes()).isEqualTo(kept.bytes());
    }
  }

  @Test
  void stopsBeforeTheNextFileWhenAskedTo() throws IOException {
    write("a.parquet", SCHEMA, 0, 1);
    RuntimeException stop = new MergeException.Cancelled("stop", "again");
    try (MemoryReservation kept = budget.open("snapshot");
        ParquetMemory memory = new ParquetMemory(budget, "test")) {
      SnapshotReader reader =
          new SnapshotReader(
              storage,
              memory,
              kept,
              () -> {
                throw stop;
              });
      assertThatThrownBy(() -> reader.read(path(root), Set.of())).isSameAs(stop);
    }
  }

  private Snapshot read(Path target, String... keys) {
    try (MemoryReservation kept = budget.open("snapshot");
        ParquetMemory memory = new ParquetMemory(budget, "test")) {
      return new SnapshotReader(storage, memory, kept, () -> {}).read(path(target), Set.of(keys));
    }
  }

  private static StoragePath path(Path path) {
    return new StoragePath(path.toString());
  }

  private Path write(String name, TableSchema schema, long firstId, int rows) throws IOException {
    List<@Nullable Object[]> table = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      table.add(new Object[] {firstId + row, String.format(Locale.ROOT, "name %d", row)});
    }
    Path file = root.resolve(name);
    ParquetTableWriter.write(file, schema, table, LAYOUT);
    return file;
  }
}
