package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.Reassembly.Way;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamagedCopyTest {
  private static final int ROUNDS = 600;
  private static final int INDEXES_AND_FOOTER_BYTES = 2500;

  @TempDir private Path directory;

  @Test
  void damageIsEitherHarmlessOrReportedAsBadData() throws IOException {
    TableSchema schema =
        TableSchema.of(
            Column.required("number", LogicalType.INT64),
            Column.nullable("text", LogicalType.STRING));
    Path sound = directory.resolve("sound.parquet");
    ParquetTableWriter.write(
        sound,
        schema,
        new RandomValues(new Random(1)).rows(schema, 300, 0.1),
        ParquetLayout.builder().rowGroupRows(120).pageRows(40).build());
    byte[] bytes = Files.readAllBytes(sound);
    Random random = new Random(2);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] damaged = bytes.clone();
      for (int hit = random.nextInt(3); hit >= 0; hit--) {
        int place = damaged.length - 1 - random.nextInt(INDEXES_AND_FOOTER_BYTES);
        damaged[place] = (byte) random.nextInt(256);
      }
      refused += copies(damaged) ? 0 : 1;
    }
    assertThat(refused).isBetween(ROUNDS / 20, ROUNDS - 1);
  }

  private boolean copies(byte[] bytes) throws IOException {
    Path source = directory.resolve("damaged.parquet");
    Path target = directory.resolve("target.parquet");
    Files.write(source, bytes);
    Files.deleteIfExists(target);
    try {
      new Reassembly(STORAGE.resolve(source.toString()), STORAGE.resolve(target.toString()))
          .run(leaf -> Way.COPY);
      return true;
    } catch (MergeException.BadData refusal) {
      return false;
    }
  }
}
