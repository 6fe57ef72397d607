package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import java.time.Duration;
import java.util.Random;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ValueDecodersTest {
  private static final int FIXED_BYTES = 5;
  private final MemoryBudget budget = new MemoryBudget(32 << 20);

  @ParameterizedTest
  @EnumSource(PrimitiveTypeName.class)
  void arbitraryBytesEndInAnExceptionAtWorst(PrimitiveTypeName name) {
    PrimitiveType type = new PrimitiveType(Repetition.REQUIRED, name, FIXED_BYTES, "column");
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> {
          for (Encoding encoding : Encoding.values()) {
            Random random = new Random(encoding.ordinal());
            for (int time = 0; time < 2000; time++) {
              decodeArbitraryBytes(type, encoding, random);
            }
          }
        });
    assertThat(budget.usedBytes()).isZero();
  }

  private void decodeArbitraryBytes(PrimitiveType type, Encoding encoding, Random random) {
    byte[] data = new byte[8 + random.nextInt(300)];
    random.nextBytes(data);
    for (int index = 0; index < data.length && random.nextBoolean(); index++) {
      // Small numbers are what headers are made of, and lead further into the decoders.
      data[index] = (byte) random.nextInt(40);
    }
    PageValues values = new PageValues();
    values.valueCount = 1 + random.nextInt(200);
    values.entries = values.valueCount;
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test")) {
      ValueDecoders decoders = new ValueDecoders(type, scratch);
      int dictionarySize = random.nextInt(4);
      decoders.dictionary(new byte[64], 0, 60, dictionarySize);
      decoders.decode(encoding, data, random.nextInt(8), data.length, values);
      checkStrings(values, type);
    } catch (MalformedParquetException | IndexOutOfBoundsException | MergeException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  /** Nothing may point outside the bytes, and lengths that are fixed must be so. */
  private static void checkStrings(PageValues values, PrimitiveType type) {
    PrimitiveTypeName name = type.getPrimitiveTypeName();
    boolean fixed = name == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
    if (fixed || name == PrimitiveTypeName.BINARY) {
      for (int index = 0; index < values.valueCount; index++) {
        assertThat(values.lengths[index]).isNotNegative();
        assertThat(values.starts[index]).isBetween(0, values.bytes.length - values.lengths[index]);
        assertThat(!fixed || values.lengths[index] == FIXED_BYTES).isTrue();
      }
    }
  }

  @Test
  void indicesBeyondTheDictionaryAreRefused() {
    PrimitiveType type = new PrimitiveType(Repetition.REQUIRED, PrimitiveTypeName.INT32, "column");
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test")) {
      ValueDecoders decoders = new ValueDecoders(type, scratch);
      decoders.dictionary(new byte[] {7, 0, 0, 0, 9, 0, 0, 0}, 0, 8, 2);
      PageValues values = new PageValues();
      values.valueCount = 3;
      // Width 2, then three repetitions of index 1.
      decoders.decode(Encoding.RLE_DICTIONARY, new byte[] {2, 3 << 1, 1}, 0, 3, values);
      assertThat(values.ints).startsWith(9, 9, 9);
      assertThatExceptionOfType(MalformedParquetException.class)
          .isThrownBy(
              () ->
                  decoders.decode(Encoding.RLE_DICTIONARY, new byte[] {2, 3 << 1, 2}, 0, 3, values))
          .withMessageContaining("entry 2 of a dictionary of 2");
    }
  }

  @Test
  void aDictionaryOfOneEntryNeedsNoBits() {
    PrimitiveType type = new PrimitiveType(Repetition.REQUIRED, PrimitiveTypeName.INT64, "column");
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test")) {
      ValueDecoders decoders = new ValueDecoders(type, scratch);
      decoders.dictionary(new byte[] {7, 0, 0, 0, 0, 0, 0, 0}, 0, 8, 1);
      PageValues values = new PageValues();
      values.valueCount = 2;
      decoders.decode(Encoding.PLAIN_DICTIONARY, new byte[] {0}, 0, 1, values);
      assertThat(values.longs).startsWith(7, 7);
    }
  }

  @Test
  void levelsOfVeryOldFilesAreReadHighestBitFirst() {
    ColumnDescriptor leaf =
        new ColumnDescriptor(
            new String[] {"column"},
            new PrimitiveType(Repetition.OPTIONAL, PrimitiveTypeName.INT32, "column"),
            0,
            3);
    try (ScratchArrays scratch = new ParquetMemory(budget, "test").openScratch("test")) {
      PageValues values = new PageValues();
      values.entries = 5;
      int end =
          new PageLevels(leaf, scratch)
              .decodeFirstVersion(
                  new byte[] {(byte) 0b11_00_10_11, 0b01_000000},
                  0,
                  2,
                  new PageLevels.LevelEncodings(Encoding.RLE, Encoding.BIT_PACKED),
                  values);
      assertThat(end).isEqualTo(2);
      assertThat(values.definitionLevels).startsWith(3, 0, 2, 3, 1);
      assertThat(values.valueCount).isEqualTo(2);
      assertThat(values.rows).isEqualTo(5);
    }
  }
}
