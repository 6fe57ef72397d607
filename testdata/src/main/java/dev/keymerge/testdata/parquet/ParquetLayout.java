package dev.keymerge.testdata.parquet;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Says how rows are laid out in a Parquet file. Immutable; made by a {@link Builder}.
 *
 * <p>The default is what careful writers of today make: zstd, row groups of 122,880 rows, pages of
 * 20,000 rows, dictionaries, data pages of version 1, statistics and page indexes.
 */
public final class ParquetLayout {

  /** Rows in a row group unless asked otherwise. */
  public static final int DEFAULT_ROW_GROUP_ROWS = 122_880;

  /** Rows in a page unless asked otherwise. */
  public static final int DEFAULT_PAGE_ROWS = 20_000;

  /** Bytes of a page, before compression, unless asked otherwise. */
  public static final int DEFAULT_PAGE_BYTES = 1 << 20;

  /** Names the version of data page headers; the second also brings the newer encodings. */
  public enum PageVersion {
    /** Levels and values are compressed together. */
    V1,
    /** Levels stand apart and uncompressed. */
    V2
  }

  /** Names the physical types that decimals may be stored as. */
  public enum DecimalForm {
    /** INT32 up to 9 digits, INT64 up to 18, else fixed length. */
    SMALLEST,
    /** INT64 up to 18 digits, else fixed length. */
    INT64,
    /** Fixed length, as short as the precision allows. */
    FIXED,
    /** Variable length, each value as short as possible. */
    BINARY
  }

  /** Names the physical types that timestamps may be stored as. */
  public enum TimestampForm {
    /** INT64 with a timestamp annotation. */
    INT64,
    /** INT96 of nanoseconds and Julian day, without annotation, unit and zone. */
    INT96
  }

  /** Names the orders that the statistics of floating-point columns may follow. */
  public enum FloatOrder {
    /** The order that every reader knows, silent about NaN. */
    TYPE_DEFINED,
    /** The total order of IEEE 754. */
    TOTAL_ORDER
  }

  private final Builder settings;

  private ParquetLayout(Builder settings) {
    this.settings = settings;
  }

  /** Gives the default layout. */
  public static ParquetLayout standard() {
    return builder().build();
  }

  /** Starts from the default layout. */
  public static Builder builder() {
    return new Builder();
  }

  CompressionCodecName codec() {
    return settings.codec;
  }

  int zstdLevel() {
    return settings.zstdLevel;
  }

  int rowGroupRows() {
    return settings.rowGroupRows;
  }

  int pageRows() {
    return settings.pageRows;
  }

  int pageBytes() {
    return settings.pageBytes;
  }

  boolean usesDictionary() {
    return settings.dictionary;
  }

  Set<String> columnsWithoutDictionary() {
    return settings.columnsWithoutDictionary;
  }

  int dictionaryBytes() {
    return settings.dictionaryBytes;
  }

  PageVersion pageVersion() {
    return settings.pageVersion;
  }

  boolean hasPageIndex() {
    return settings.pageIndex;
  }

  boolean hasStatistics() {
    return settings.statistics;
  }

  Set<String> bloomFilterColumns() {
    return settings.bloomFilterColumns;
  }

  Set<String> byteStreamSplitColumns() {
    return settings.byteStreamSplitColumns;
  }

  Map<String, String> keyValueMetadata() {
    return settings.keyValueMetadata;
  }

  boolean hasFieldIds() {
    return settings.fieldIds;
  }

  DecimalForm decimalForm() {
    return settings.decimalForm;
  }

  TimestampForm timestampForm() {
    return settings.timestampForm;
  }

  FloatOrder floatOrder() {
    return settings.floatOrder;
  }

  /** Collects the settings of a layout. Not thread-safe. */
  public static final class Builder {
    private CompressionCodecName codec = CompressionCodecName.ZSTD;
    private int zstdLevel = 3;
    private int rowGroupRows = DEFAULT_ROW_GROUP_ROWS;
    private int pageRows = DEFAULT_PAGE_ROWS;
    private int pageBytes = DEFAULT_PAGE_BYTES;
    private boolean dictionary = true;
    private Set<String> columnsWithoutDictionary = new TreeSet<>();
    private int dictionaryBytes = DEFAULT_PAGE_BYTES;
    private PageVersion pageVersion = PageVersion.V1;
    private boolean pageIndex = true;
    private boolean statistics = true;
    private Set<String> bloomFilterColumns = new TreeSet<>();
    private Set<String> byteStreamSplitColumns = new TreeSet<>();
    private Map<String, String> keyValueMetadata = new TreeMap<>();
    private boolean fieldIds;
    private DecimalForm decimalForm = DecimalForm.SMALLEST;
    private TimestampForm timestampForm = TimestampForm.INT64;
    private FloatOrder floatOrder = FloatOrder.TYPE_DEFINED;

    private Builder() {}

    private Builder copy() {
      Builder copy = new Builder();
      copy.codec = codec;
      copy.zstdLevel = zstdLevel;
      copy.rowGroupRows = rowGroupRows;
      copy.pageRows = pageRows;
      copy.pageBytes = pageBytes;
      copy.dictionary = dictionary;
      copy.columnsWithoutDictionary = new TreeSet<>(columnsWithoutDictionary);
      copy.dictionaryBytes = dictionaryBytes;
      copy.pageVersion = pageVersion;
      copy.pageIndex = pageIndex;
      copy.statistics = statistics;
      copy.bloomFilterColumns = new TreeSet<>(bloomFilterColumns);
      copy.byteStreamSplitColumns = new TreeSet<>(byteStreamSplitColumns);
      copy.keyValueMetadata = new TreeMap<>(keyValueMetadata);
      copy.fieldIds = fieldIds;
      copy.decimalForm = decimalForm;
      copy.timestampForm = timestampForm;
      copy.floatOrder = floatOrder;
      return copy;
    }

    /** Makes the layout. */
    public ParquetLayout build() {
      return new ParquetLayout(copy());
    }

    /** Compresses all columns with one codec. */
    public Builder codec(CompressionCodecName name) {
      this.codec = name;
      return this;
    }

    /** Sets the effort of zstd, from 1 up. */
    public Builder zstdLevel(int level) {
      this.zstdLevel = level;
      return this;
    }

    /** Closes a row group after this many rows. */
    public Builder rowGroupRows(int rows) {
      this.rowGroupRows = positive(rows, "rows in a row group");
      return this;
    }

    /** Closes a page after this many rows. */
    public Builder pageRows(int rows) {
      this.pageRows = positive(rows, "rows in a page");
      return this;
    }

    /** Closes a page at about this many bytes before compression. */
    public Builder pageBytes(int bytes) {
      this.pageBytes = positive(bytes, "bytes of a page");
      return this;
    }

    /** Writes no dictionaries. */
    public Builder withoutDictionary() {
      this.dictionary = false;
      return this;
    }

    /** Writes no dictionaries for the named columns. */
    public Builder withoutDictionaryFor(String... columns) {
      this.columnsWithoutDictionary.addAll(Set.of(columns));
      return this;
    }

    /** Gives up a dictionary that grows beyond this size. */
    public Builder dictionaryBytes(int bytes) {
      this.dictionaryBytes = positive(bytes, "bytes of a dictionary");
      return this;
    }

    /** Sets the version of data pages. */
    public Builder pageVersion(PageVersion version) {
      this.pageVersion = version;
      return this;
    }

    /** Leaves the column and offset indexes out of the file. */
    public Builder withoutPageIndex() {
      this.pageIndex = false;
      return this;
    }

    /** Leaves statistics out of the file, everywhere. */
    public Builder withoutStatistics() {
      this.statistics = false;
      return this;
    }

    /**
     * Adds bloom filters to the named columns; a chunk that is wholly dictionary-encoded gets none.
     */
    public Builder bloomFilters(String... columns) {
      this.bloomFilterColumns.addAll(Set.of(columns));
      return this;
    }

    /** Encodes the named columns as BYTE_STREAM_SPLIT, without dictionary. */
    public Builder byteStreamSplit(String... columns) {
      this.byteStreamSplitColumns.addAll(Set.of(columns));
      return this;
    }

    /** Adds an entry to the footer. */
    public Builder metadata(String key, String value) {
      this.keyValueMetadata.put(key, value);
      return this;
    }

    /** Gives every column its position, counted from 1, as field id. */
    public Builder withFieldIds() {
      this.fieldIds = true;
      return this;
    }

    /** Sets the physical type of decimals. */
    public Builder decimalForm(DecimalForm form) {
      this.decimalForm = form;
      return this;
    }

    /** Sets the physical type of timestamps. */
    public Builder timestampForm(TimestampForm form) {
      this.timestampForm = form;
      return this;
    }

    /** Sets the order that statistics of floating-point columns follow. */
    public Builder floatOrder(FloatOrder order) {
      this.floatOrder = order;
      return this;
    }

    private static int positive(int number, String meaning) {
      if (number < 1) {
        throw new IllegalArgumentException(meaning + " must be positive, not " + number);
      }
      return number;
    }
  }
}
