package dev.keymerge.internal.parquet;

/** Says whether a column chunk gets a bloom filter, and which one it starts from. Immutable. */
public sealed interface BloomStyle {
  /** Gives the chunk no filter. */
  record None() implements BloomStyle {}

  /**
   * Gives the chunk a new filter that holds every value written.
   *
   * @param distinctValues how many different values to make room for
   */
  record Fresh(long distinctValues) implements BloomStyle {}

  /**
   * Gives the chunk the filter of an old one, with every value added that is not carried over from
   * that chunk.
   *
   * <p>Carried values are in the old filter already; values that are gone stay in it, which a
   * filter allows. The chunk gets none if the old one has none.
   *
   * @param source file of the old chunk; stays open while the new chunk is written
   * @param rowGroup row group of the old chunk
   * @param leaf column of the old chunk
   */
  record Inherited(ParquetFile source, int rowGroup, int leaf) implements BloomStyle {}
}
