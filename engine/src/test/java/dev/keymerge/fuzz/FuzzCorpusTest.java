package dev.keymerge.fuzz;

import com.google.errorprone.annotations.Immutable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tries every kept input of every fuzzer again, and a fixed number of new ones: random scripts, and
 * kept ones with random changes.
 */
class FuzzCorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/fuzz");
  private static final int LONGEST = 300;

  /** Tries an input; keeps nothing. */
  @Immutable
  @FunctionalInterface
  private interface Target {
    void attempt(byte[] input);
  }

  /** Names every fuzzer, and how many new inputs it gets here. */
  enum Fuzzer {
    INSPECT(2000, InspectFuzzer::fuzzerTestOneInput),
    TARGET(700, TargetFuzzer::fuzzerTestOneInput),
    SOURCE(700, SourceFuzzer::fuzzerTestOneInput),
    ARROW(800, ArrowFuzzer::fuzzerTestOneInput),
    JOURNAL(700, JournalFuzzer::fuzzerTestOneInput),
    PAGES(6000, PagesFuzzer::fuzzerTestOneInput);

    private final int executions;
    private final Target target;

    Fuzzer(int executions, Target target) {
      this.executions = executions;
      this.target = target;
    }

    /** Returns the class that a driver starts. */
    String className() {
      String name = name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
      return getClass().getPackageName() + "." + name + "Fuzzer";
    }

    private void run(byte[] input) {
      try {
        target.attempt(input);
      } catch (RuntimeException | Error failure) {
        throw new AssertionError(
            name() + " fails on the input " + HexFormat.of().formatHex(input), failure);
      }
    }

    private List<byte[]> kept() throws IOException {
      try (Stream<Path> files = Files.list(CORPUS.resolve(name().toLowerCase(Locale.ROOT)))) {
        return files.sorted().map(Fuzzer::read).toList();
      }
    }

    private static byte[] read(Path file) {
      try {
        return Files.readAllBytes(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void keptInputsAreReadOrRefused(Fuzzer fuzzer) throws IOException {
    fuzzer.kept().forEach(fuzzer::run);
  }

  @ParameterizedTest
  @EnumSource
  void changedInputsAreReadOrRefused(Fuzzer fuzzer) throws IOException {
    long seed = Long.getLong("keymerge.seed", 1);
    Random random = new Random(seed);
    List<byte[]> kept = fuzzer.kept();
    for (int execution = 0; execution < fuzzer.executions; execution++) {
      byte[] input = new byte[1 + random.nextInt(LONGEST)];
      random.nextBytes(input);
      if (!kept.isEmpty() && random.nextBoolean()) {
        byte[] model = kept.get(random.nextInt(kept.size())).clone();
        for (int change = random.nextInt(4); change >= 0 && model.length > 0; change--) {
          model[random.nextInt(model.length)] = (byte) random.nextInt(256);
        }
        input = model;
      }
      fuzzer.run(input);
    }
  }
}
