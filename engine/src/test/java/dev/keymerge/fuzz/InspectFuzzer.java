package dev.keymerge.fuzz;

import java.util.List;

/** Inspects a file that may be anything. */
public final class InspectFuzzer {
  private InspectFuzzer() {}

  /** Tries one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    Script script = new Script(input);
    List<String> keys = script.next() % 2 == 0 ? List.of() : List.of("id", "name");
    byte[] file = Fuzzed.parquet(script);
    new Arena()
        .with("/data/a.parquet", file)
        .with("/data/b.parquet", SoundFiles.CHANGES)
        .inspect(script.next() % 2 == 0 ? "/data/a.parquet" : "/data", keys);
  }
}
