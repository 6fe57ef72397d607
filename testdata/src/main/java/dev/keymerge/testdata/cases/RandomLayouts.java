package dev.keymerge.testdata.cases;

import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetLayout.DecimalForm;
import dev.keymerge.testdata.parquet.ParquetLayout.FloatOrder;
import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.parquet.ParquetLayout.TimestampForm;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.util.Random;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** Draws layouts of Parquet files: small units mostly, so that a few rows make many of them. */
final class RandomLayouts {

  private static final CompressionCodecName[] CODECS = {
    CompressionCodecName.UNCOMPRESSED,
    CompressionCodecName.SNAPPY,
    CompressionCodecName.GZIP,
    CompressionCodecName.ZSTD,
    CompressionCodecName.LZ4_RAW
  };

  private static final int LEAST_BYTES = 64;
  private static final int MOST_SMALL_BYTES = 300;

  private RandomLayouts() {}

  static ParquetLayout draw(Random random, TableSchema schema) {
    ParquetLayout.Builder layout =
        ParquetLayout.builder()
            .codec(CODECS[random.nextInt(CODECS.length)])
            .rowGroupRows(rows(random, 60, 1000))
            .pageRows(rows(random, 20, 400))
            .pageVersion(random.nextBoolean() ? PageVersion.V1 : PageVersion.V2)
            .decimalForm(DecimalForm.values()[random.nextInt(DecimalForm.values().length)])
            .floatOrder(random.nextInt(4) == 0 ? FloatOrder.TOTAL_ORDER : FloatOrder.TYPE_DEFINED);
    if (random.nextInt(4) == 0) {
      layout.withoutDictionary();
    }
    if (random.nextInt(6) == 0) {
      layout.dictionaryBytes(LEAST_BYTES + random.nextInt(MOST_SMALL_BYTES));
    }
    if (random.nextInt(6) == 0) {
      layout.pageBytes(LEAST_BYTES + random.nextInt(MOST_SMALL_BYTES));
    }
    if (random.nextInt(3) == 0) {
      layout.withoutPageIndex();
    }
    if (random.nextInt(3) == 0 && everyTimestampFitsInt96(schema)) {
      layout.timestampForm(TimestampForm.INT96);
    }
    if (random.nextInt(6) == 0) {
      layout.withoutStatistics();
    }
    if (random.nextInt(3) == 0) {
      layout.withFieldIds().metadata("origin", "drawn at random");
    }
    String anyColumn = schema.column(random.nextInt(schema.size())).name();
    if (random.nextInt(4) == 0 && canHaveBloomFilter(schema, anyColumn)) {
      layout.withoutDictionaryFor(anyColumn).bloomFilters(anyColumn);
    }
    String splitColumn = schema.column(random.nextInt(schema.size())).name();
    if (random.nextInt(4) == 0 && canBeSplit(schema, splitColumn)) {
      layout.byteStreamSplit(splitColumn);
    }
    return layout.build();
  }

  /** Draws a number of rows, mostly a small one. */
  private static int rows(Random random, int usual, int most) {
    return 1 + random.nextInt(random.nextInt(5) == 0 ? most : usual);
  }

  /** Tells whether INT96, which reads as nanoseconds without zone, changes no column's type. */
  private static boolean everyTimestampFitsInt96(TableSchema schema) {
    return schema.columns().stream()
        .map(Column::type)
        .noneMatch(
            type ->
                type.kind() == LogicalType.Kind.TIMESTAMP_ZONED
                    || (type.kind() == LogicalType.Kind.TIMESTAMP
                        && type.unit() != TickUnit.NANOS));
  }

  private static boolean canBeSplit(TableSchema schema, String column) {
    return switch (schema.column(column).type().kind()) {
      case INT32, INT64, FLOAT, DOUBLE, FIXED_BINARY -> true;
      default -> false;
    };
  }

  private static boolean canHaveBloomFilter(TableSchema schema, String column) {
    return switch (schema.column(column).type().kind()) {
      case BOOLEAN -> false;
      default -> true;
    };
  }
}
