package dev.keymerge.testdata.arrow;

import java.util.Set;

/**
 * Says how rows are laid out in Arrow IPC. Immutable; each {@code with} method gives a changed
 * copy.
 *
 * @param format the IPC format
 * @param batchRows rows in a record batch
 * @param textForm vectors that hold strings and binary
 * @param dictionaryColumns columns that are dictionary-encoded
 */
public record ArrowLayout(
    Format format, int batchRows, TextForm textForm, Set<String> dictionaryColumns) {

  /** Names the two IPC formats. */
  public enum Format {
    /** With a footer, for random access. */
    FILE,
    /** One message after the other. */
    STREAM
  }

  /** Names the vectors that strings and binary of variable length can be held in. */
  public enum TextForm {
    /** Offsets of 32 bits. */
    PLAIN,
    /** Offsets of 64 bits. */
    LARGE,
    /** Views into several buffers. */
    VIEW
  }

  /** Checks the batch size and copies the columns. */
  public ArrowLayout {
    if (batchRows < 1) {
      throw new IllegalArgumentException("rows in a batch must be positive, not " + batchRows);
    }
    dictionaryColumns = Set.copyOf(dictionaryColumns);
  }

  /** Gives a file of batches of 1,000 rows in plain vectors. */
  public static ArrowLayout file() {
    return new ArrowLayout(Format.FILE, 1000, TextForm.PLAIN, Set.of());
  }

  /** Gives a stream of batches of 1,000 rows in plain vectors. */
  public static ArrowLayout stream() {
    return new ArrowLayout(Format.STREAM, 1000, TextForm.PLAIN, Set.of());
  }

  /** Gives a copy with other batches. */
  public ArrowLayout withBatchRows(int rows) {
    return new ArrowLayout(format, rows, textForm, dictionaryColumns);
  }

  /** Gives a copy with other vectors for strings and binary. */
  public ArrowLayout withTextForm(TextForm form) {
    return new ArrowLayout(format, batchRows, form, dictionaryColumns);
  }

  /** Gives a copy in which the named columns are dictionary-encoded. */
  public ArrowLayout withDictionaries(String... columns) {
    return new ArrowLayout(format, batchRows, textForm, Set.of(columns));
  }
}
