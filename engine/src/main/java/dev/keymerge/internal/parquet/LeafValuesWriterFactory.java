package dev.keymerge.internal.parquet;

import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.column.values.dictionary.DictionaryValuesWriter.PlainFixedLenArrayDictionaryValuesWriter;
import org.apache.parquet.column.values.factory.DefaultValuesWriterFactory;
import org.apache.parquet.column.values.factory.ValuesWriterFactory;
import org.apache.parquet.column.values.fallback.FallbackValuesWriter;
import org.apache.parquet.column.values.plain.FixedLenByteArrayPlainValuesWriter;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Makes the library's encoders, and lets fixed-length values have a dictionary in pages of version
 * 1 too.
 *
 * <p>The library withholds it from them there, although every reader takes it; decimals would lose
 * their dictionary by being rewritten. Not thread-safe: one factory per column store.
 */
final class LeafValuesWriterFactory implements ValuesWriterFactory {
  private final DefaultValuesWriterFactory standard = new DefaultValuesWriterFactory();
  private final PageVersion pages;
  private @Nullable ParquetProperties properties;

  /** Creates the factory for columns that are written in {@code pages}. */
  LeafValuesWriterFactory(PageVersion pages) {
    this.pages = pages;
  }

  @Override
  public void initialize(ParquetProperties built) {
    properties = built;
    standard.initialize(built);
  }

  @Override
  public ValuesWriter newValuesWriter(ColumnDescriptor leaf) {
    boolean fixed =
        leaf.getPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
    ParquetProperties built = properties;
    if (built == null || !fixed || pages == PageVersion.V2 || !built.isDictionaryEnabled(leaf)) {
      return standard.newValuesWriter(leaf);
    }
    int length = leaf.getPrimitiveType().getTypeLength();
    return FallbackValuesWriter.of(
        new PlainFixedLenArrayDictionaryValuesWriter(
            built.getDictionaryPageSizeThreshold(),
            length,
            Encoding.RLE_DICTIONARY,
            Encoding.PLAIN,
            built.getAllocator()),
        new FixedLenByteArrayPlainValuesWriter(
            length,
            built.getInitialSlabSize(),
            built.getPageSizeThreshold(),
            built.getAllocator()));
  }
}
