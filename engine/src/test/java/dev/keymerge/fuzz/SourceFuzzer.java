package dev.keymerge.fuzz;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.Source;
import dev.keymerge.Strategy;

/** Merges a Parquet source that may be anything, into a sound target or a new one. */
public final class SourceFuzzer {
  private SourceFuzzer() {}

  /** Tries one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    Script script = new Script(input);
    int how = script.next();
    boolean byName = (how & 0x40) != 0;
    boolean fresh = (how & 0x80) != 0;
    Arena arena = new Arena().with("/source.parquet", Fuzzed.parquet(script));
    if (!fresh) {
      arena.with("/data/a.parquet", SoundFiles.PARQUET.get(0));
    } else {
      arena.with("/other/a.parquet", SoundFiles.CHANGES);
    }
    arena.merge(
        "/data",
        request ->
            request
                .source(Source.parquet("/source.parquet"))
                .keyColumns(byName ? "name" : "id")
                .onDuplicate(how % 2 == 0 ? DuplicatePolicy.FAIL : DuplicatePolicy.LAST)
                .strategy(how % 4 < 3 ? Strategy.UPSERT : Strategy.SYNC));
  }
}
