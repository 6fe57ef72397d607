package dev.keymerge.fuzz;

import dev.keymerge.Source;
import dev.keymerge.Strategy;

/** Merges into a target one of whose files may be anything. */
public final class TargetFuzzer {
  private TargetFuzzer() {}

  /** Tries one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    Script script = new Script(input);
    int how = script.next();
    Strategy[] strategies = Strategy.values();
    Strategy strategy = strategies[how % strategies.length];
    boolean byName = (how & 0x40) != 0;
    boolean alone = (how & 0x80) != 0;
    Arena arena =
        new Arena()
            .with("/source.parquet", SoundFiles.CHANGES)
            .with("/data/a.parquet", Fuzzed.parquet(script));
    if (!alone) {
      arena.with("/data/b.parquet", SoundFiles.PARQUET.get(0));
    }
    arena.merge(
        alone ? "/data/a.parquet" : "/data",
        request ->
            request
                .source(Source.parquet("/source.parquet"))
                .keyColumns(byName ? "name" : "id")
                .strategy(strategy));
  }
}
