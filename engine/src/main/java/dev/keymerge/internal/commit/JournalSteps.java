package dev.keymerge.internal.commit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/**
 * Lists the steps of a journal, each packed into the bytes that it takes in the file and made anew
 * when it is asked for: a merge may change a hundred thousand files within a small limit.
 *
 * <p>Immutable.
 */
final class JournalSteps extends AbstractList<JournalStep> implements RandomAccess {
  private static final int BLOCK_BYTES = 64 << 10;

  private final List<byte[]> blocks;
  // Which block a step is in, and where it begins there.
  private final int[] blockOf;
  private final int[] startOf;

  private JournalSteps(List<byte[]> blocks, int[] blockOf, int[] startOf) {
    this.blocks = blocks;
    this.blockOf = blockOf;
    this.startOf = startOf;
  }

  /**
   * Returns {@code steps}, packed.
   *
   * @throws IllegalArgumentException if a text in them is too long for a journal
   */
  static JournalSteps of(List<JournalStep> steps) {
    if (steps instanceof JournalSteps packed) {
      return packed;
    }
    Builder builder = new Builder();
    try {
      for (JournalStep step : steps) {
        builder.add(step);
      }
    } catch (IOException tooLong) {
      throw new IllegalArgumentException(tooLong.getMessage(), tooLong);
    }
    return builder.build();
  }

  @Override
  public JournalStep get(int index) {
    byte[] block = blocks.get(blockOf[index]);
    int start = startOf[index];
    try {
      return JournalFormat.readStep(
          new DataInputStream(new ByteArrayInputStream(block, start, block.length - start)));
    } catch (IOException impossible) {
      throw new UncheckedIOException("What was packed cannot be unpacked", impossible);
    }
  }

  @Override
  public int size() {
    return startOf.length;
  }

  /** Packs step after step. Not thread-safe. */
  static final class Builder {
    private final List<byte[]> blocks = new ArrayList<>();
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private final DataOutputStream output = new DataOutputStream(block);
    private int[] blockOf = new int[16];
    private int[] startOf = new int[16];
    private int steps;

    /**
     * Adds {@code step} and returns how many bytes it took.
     *
     * @throws IOException if a text in it is too long for a journal
     */
    int add(JournalStep step) throws IOException {
      if (block.size() >= BLOCK_BYTES) {
        endBlock();
      }
      if (steps == startOf.length) {
        blockOf = Arrays.copyOf(blockOf, 2 * steps);
        startOf = Arrays.copyOf(startOf, 2 * steps);
      }
      int start = block.size();
      JournalFormat.writeStep(step, output);
      output.flush();
      blockOf[steps] = blocks.size();
      startOf[steps] = start;
      steps++;
      return block.size() - start + 2 * Integer.BYTES;
    }

    private void endBlock() {
      blocks.add(block.toByteArray());
      block.reset();
    }

    /** Returns what was added; the last call. */
    JournalSteps build() {
      endBlock();
      return new JournalSteps(
          List.copyOf(blocks), Arrays.copyOf(blockOf, steps), Arrays.copyOf(startOf, steps));
    }
  }
}
