package dev.keymerge.cli;

import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.storage.LocalStorage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.ArrowBuf;

/**
 * Merges by the words of {@code keymerge merge} that it needs, with the memory that the launcher
 * grants, but hashes every key alike: the worst that any keys could do.
 */
final class ConstantHashProgram {
  private static final int THREADS = 2;

  private ConstantHashProgram() {}

  public static void main(String[] arguments) {
    List<String> words = List.of(arguments);
    long heapBytes = granted(ProcessMemory.HEAP_PROPERTY);
    long nativeBytes = granted(ProcessMemory.NATIVE_PROPERTY);
    PoolLimits limits = new PoolLimits(heapBytes, nativeBytes, heapBytes + nativeBytes);
    Tuning usual = Tuning.of(THREADS);
    Tuning tuning =
        new Tuning(
            usual.threads(),
            usual.batchRows(),
            usual.indexPartitionBits(),
            usual.pruning(),
            usual.values(),
            new ConstantHash());
    MergeRequest request =
        MergeRequest.builder()
            .source(Source.parquet(Path.of(after("--source", words))))
            .target(Path.of(after("--target", words)))
            .keyColumns(after("--key", words).split(","))
            .build();
    try (MergeRunner runner =
        new MergeRunner(new MemoryBudget(limits), new LocalStorage(), tuning, 1)) {
      MergeResult result = runner.run(request, null, RunMode.MERGE);
      byte[] text = Json.document(result).getBytes(StandardCharsets.UTF_8);
      System.out.write(text, 0, text.length);
      System.out.flush();
    }
  }

  /** Returns the bytes that the launcher says in a property. */
  private static long granted(String property) {
    return Objects.requireNonNull(Long.getLong(property), property);
  }

  private static String after(String name, List<String> words) {
    return words.get(words.indexOf(name) + 1);
  }

  /** Gives every key the same hash. */
  private static final class ConstantHash implements KeyHash {
    @Override
    public void words(long[] first, int[] nulls, int count, long[] out) {
      Arrays.fill(out, 0, count, 0);
    }

    @Override
    public void pairs(long[] first, long[] second, int[] nulls, int count, long[] out) {
      Arrays.fill(out, 0, count, 0);
    }

    @Override
    public void bytes(ArrowBuf data, ByteRanges ranges, int[] nulls, int count, long[] out) {
      Arrays.fill(out, 0, count, 0);
    }
  }
}
