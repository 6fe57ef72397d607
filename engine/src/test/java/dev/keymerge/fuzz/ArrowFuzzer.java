package dev.keymerge.fuzz;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.Source;
import dev.keymerge.SourceFormat;
import java.io.ByteArrayInputStream;

/** Merges an Arrow source that may be anything, as a file or as a stream. */
public final class ArrowFuzzer {
  private ArrowFuzzer() {}

  /** Tries one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    Script script = new Script(input);
    int how = script.next();
    byte[] file = Fuzzed.arrow(script);
    Source source =
        switch (how % 4) {
          case 0 -> Source.of("/source", SourceFormat.DETECT);
          case 1 -> Source.of("/source", SourceFormat.ARROW_FILE);
          case 2 -> Source.of("/source", SourceFormat.ARROW_STREAM);
          default -> Source.arrowStream(new ByteArrayInputStream(file));
        };
    Arena arena = new Arena().with("/source", file);
    if ((how & 0x80) == 0) {
      arena.with("/data/a.parquet", SoundFiles.PARQUET.get(0));
    }
    arena.merge(
        "/data",
        request ->
            request
                .source(source)
                .keyColumns((how & 0x40) != 0 ? "name" : "id")
                .onDuplicate((how & 0x20) != 0 ? DuplicatePolicy.FAIL : DuplicatePolicy.LAST));
  }
}
