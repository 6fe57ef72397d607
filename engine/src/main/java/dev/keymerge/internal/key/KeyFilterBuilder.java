package dev.keymerge.internal.key;

import dev.keymerge.NullKeyPolicy;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ByteFunctionHelpers;
import org.jspecify.annotations.Nullable;

/**
 * Learns from every key of the source what a {@link KeyFilter} needs, in a fixed and small amount
 * of memory.
 *
 * <p>The first component that is a word is covered by up to 1,024 ranges, so that a source of a few
 * far-apart stretches of keys rules out what lies between; other words by one range; bytes by the
 * first 64 bytes of the least and the greatest value.
 *
 * <p>Not thread-safe.
 */
public final class KeyFilterBuilder {
  private static final int MOST_RANGES = 1024;
  private static final int PREFIX_BYTES = 64;

  private final NullKeyPolicy nullKeys;
  private final List<Component> components = new ArrayList<>();
  private boolean empty = true;

  /** Creates a builder that has seen nothing. */
  public KeyFilterBuilder(KeyType type, NullKeyPolicy nullKeys) {
    this.nullKeys = nullKeys;
    int ranges = MOST_RANGES;
    for (CanonicalType component : type.components()) {
      if (component.kind().isWord()) {
        components.add(new WordComponent(component.kind(), ranges));
        ranges = 1;
      } else {
        components.add(new ByteComponent());
      }
    }
  }

  /** Adds the keys of a batch; those with a null only if null matches null. */
  public void add(KeyBatch batch) {
    int[] nulls = batch.nulls();
    boolean skipNulls = nullKeys != NullKeyPolicy.MATCH;
    for (int index = 0; index < components.size(); index++) {
      components.get(index).add(batch.columns().get(index), nulls, batch.rows(), skipNulls);
    }
    for (int row = 0; empty && row < batch.rows(); row++) {
      empty = skipNulls && nulls[row] != 0;
    }
  }

  /** Returns the filter for all keys added; the builder must not be used afterwards. */
  public KeyFilter build() {
    return new KeyFilter(nullKeys, empty, components.stream().map(Component::range).toList());
  }

  /** Learns one component. */
  private interface Component {
    void add(CanonicalColumn column, int[] nulls, int rows, boolean skipNulls);

    KeyFilter.ComponentRange range();
  }

  private static final class WordComponent implements Component {
    private final WordRanges ranges;
    private final boolean floating;
    private final long nan;
    private boolean hasNan;
    private boolean hasNull;

    WordComponent(CanonicalType.Kind kind, int mostRanges) {
      ranges = new WordRanges(mostRanges);
      floating = kind.isFloating();
      nan = floating ? CanonicalWords.nan(kind) : 0;
    }

    @Override
    public void add(CanonicalColumn column, int[] nulls, int rows, boolean skipNulls) {
      long[] words = column.words();
      for (int row = 0; row < rows; row++) {
        if (nulls[row] != 0 && (skipNulls || column.isNull(row))) {
          hasNull |= !skipNulls;
        } else if (floating && words[row] == nan) {
          hasNan = true;
        } else {
          ranges.add(words[row]);
        }
      }
    }

    @Override
    public KeyFilter.ComponentRange range() {
      ranges.shrink();
      return new KeyFilter.OfWords(ranges, hasNan, hasNull);
    }
  }

  private static final class ByteComponent implements Component {
    private byte @Nullable [] min;
    private byte @Nullable [] max;
    private boolean hasNull;

    @Override
    public void add(CanonicalColumn column, int[] nulls, int rows, boolean skipNulls) {
      for (int row = 0; row < rows; row++) {
        if (nulls[row] != 0 && (skipNulls || column.isNull(row))) {
          hasNull |= !skipNulls;
        } else {
          int start = column.starts()[row];
          add(column.data(), start, start + Math.min(column.lengths()[row], PREFIX_BYTES));
        }
      }
    }

    private void add(ArrowBuf data, int start, int end) {
      byte[] least = min;
      byte[] greatest = max;
      if (least == null
          || ByteFunctionHelpers.compare(data, start, end, least, 0, least.length) < 0) {
        min = copy(data, start, end);
      }
      if (greatest == null
          || ByteFunctionHelpers.compare(data, start, end, greatest, 0, greatest.length) > 0) {
        max = copy(data, start, end);
      }
    }

    private static byte[] copy(ArrowBuf data, int start, int end) {
      byte[] copy = new byte[end - start];
      data.getBytes(start, copy);
      return copy;
    }

    @Override
    public KeyFilter.ComponentRange range() {
      return new KeyFilter.OfBytes(min, max, PREFIX_BYTES, hasNull);
    }
  }
}
