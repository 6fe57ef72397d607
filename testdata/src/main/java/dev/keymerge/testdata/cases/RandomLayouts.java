package dev.keymerge.testdata.cases;

import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetLayout.DecimalForm;
import dev.keymerge.testdata.parquet.ParquetLayout.FloatOrder;
import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.row.TableSchema;
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

  private RandomLayouts() {}

  static ParquetLayout draw(Random random, TableSchema schema) {
    ParquetLayout.Builder layout =
        ParquetLayout.builder()
            .codec(CODECS[random.nextInt(CODECS.length)])
            .rowGroupRows(1 + random.nextInt(60))
            .pageRows(1 + random.nextInt(20))
            .pageVersion(random.nextBoolean() ? PageVersion.V1 : PageVersion.V2)
            .decimalForm(DecimalForm.values()[random.nextInt(DecimalForm.values().length)])
            .floatOrder(random.nextInt(4) == 0 ? FloatOrder.TOTAL_ORDER : FloatOrder.TYPE_DEFINED);
    if (random.nextInt(4) == 0) {
      layout.withoutDictionary();
    }
    if (random.nextInt(3) == 0) {
      layout.withoutPageIndex();
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
    return layout.build();
  }

  private static boolean canHaveBloomFilter(TableSchema schema, String column) {
    return switch (schema.column(column).type().kind()) {
      case BOOLEAN -> false;
      default -> true;
    };
  }
}
