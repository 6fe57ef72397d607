package dev.keymerge.internal.parquet;

/** Says how the values of a column chunk are encoded. */
public enum ValueEncoding {
  /** Each value as it is; in pages of version 2 the delta encodings, where the type has one. */
  PLAIN,
  /** References to a dictionary, and as {@link #PLAIN} from where the dictionary stops paying. */
  DICTIONARY,
  /**
   * First bytes of all values, then second bytes, and so on; as {@link #PLAIN} where the type does
   * not allow it.
   */
  BYTE_STREAM_SPLIT
}
