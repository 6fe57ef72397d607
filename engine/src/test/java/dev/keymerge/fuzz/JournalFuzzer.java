package dev.keymerge.fuzz;

import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.MemoryStorage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * Changes the private files that merges leave, of one that was stopped right behind its commit
 * point, of one that is over and of one that was stopped before it committed, and then recovers,
 * takes back, lists the history or merges again, also so as to take up what is finished.
 *
 * <p>Whatever they say, no file outside of the dataset is touched, and a data file holds what it
 * held before or after the merge.
 */
public final class JournalFuzzer {
  private static final String OUTSIDE = "/outside.parquet";
  private static final int DIGEST_BYTES = 32;
  private static final int HEAD_BYTES = 20;
  private static final Pattern SEALED = Pattern.compile("[0-9a-f]{8} keymerge resume ");
  private static final int SEAL_CHARS = 9;
  private static final byte[] MAGIC = "KMJOURN\n".getBytes(StandardCharsets.US_ASCII);

  /** Scenes to start from: every file by its path. */
  private static final List<Map<String, byte[]>> SCENES =
      List.of(
          scene("journal", "/journal"),
          scene("nothing has this name", "/history"),
          scene("journal.tmp", "/resume"));

  /** Where a decision starts to mean something that came later than the corpus. */
  private static final int HIGH = 128;

  private JournalFuzzer() {}

  private static Map<String, byte[]> scene(String stopAfter, String left) {
    MemoryStorage storage = storage();
    storage.put("/data/a.parquet", SoundFiles.PARQUET.get(0));
    storage.put("/source.parquet", SoundFiles.CHANGES);
    storage.put(OUTSIDE, SoundFiles.CHANGES);
    storage.stopAfter(stopAfter);
    try (MergeRunner runner = runner(storage, new MemoryBudget(Arena.BUDGET_BYTES))) {
      runner.run(request().build(), null, RunMode.MERGE);
    } catch (MergeException | AssertionError stopped) {
      // It was told to.
    }
    if (storage.files().keySet().stream().noneMatch(path -> path.endsWith(left))) {
      throw new IllegalStateException("it left no " + left + " among " + storage.files().keySet());
    }
    return storage.files();
  }

  private static MemoryStorage storage() {
    return new MemoryStorage(20_000, 32L << 20);
  }

  private static MergeRunner runner(MemoryStorage storage, MemoryBudget budget) {
    return new MergeRunner(budget, storage, Tuning.of(1), 1);
  }

  private static MergeRequest.Builder request() {
    return MergeRequest.builder()
        .source(Source.parquet("/source.parquet"))
        .target("/data")
        .keyColumns("id")
        .keepPrevious(Duration.ofDays(1));
  }

  /** Tries one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    Script script = new Script(input);
    int how = script.next();
    Map<String, byte[]> scene = new TreeMap<>(SCENES.get(how < HIGH ? how % 2 : 2));
    List<String> privateFiles = new ArrayList<>(scene.keySet());
    privateFiles.removeIf(path -> !path.contains("/_keymerge/") || path.endsWith(".parquet"));
    int edits = script.next() % 3;
    for (int i = 0; i < edits; i++) {
      String path = privateFiles.get(script.below(privateFiles.size()));
      scene.put(path, edited(scene.get(path), script));
    }
    MemoryStorage storage = storage();
    scene.forEach(storage::put);
    MemoryBudget budget = new MemoryBudget(Arena.BUDGET_BYTES);
    try (MergeRunner runner = runner(storage, budget)) {
      act(runner, script.next());
    } catch (MergeException refusal) {
      Arena.require(!refusal.remedy().isBlank(), "no remedy: " + refusal);
      requireKnown(storage.files(), scene);
    }
    Arena.require(budget.usedBytes() == 0, budget.usedBytes() + " bytes are still held");
    Arena.require(
        Arrays.equals(storage.files().get(OUTSIDE), SoundFiles.CHANGES), "a file outside changed");
  }

  private static void act(MergeRunner runner, int what) {
    switch (what % 5) {
      case 0 -> runner.recover("/data");
      case 1 -> runner.undo("/data");
      case 2 -> runner.history("/data");
      case 3 -> runner.inspect("/data", List.of("id"));
      default -> {
        MergeRequest.Builder request = what < HIGH ? request() : request().resume();
        runner.run(request.build(), null, RunMode.MERGE);
      }
    }
  }

  /** Checks that every data file is one that there was, under whatever name. */
  private static void requireKnown(Map<String, byte[]> after, Map<String, byte[]> before) {
    Set<ByteBuffer> known =
        before.values().stream().map(ByteBuffer::wrap).collect(Collectors.toSet());
    after.forEach(
        (path, bytes) -> {
          if (path.startsWith("/data/") && !path.contains("/_")) {
            Arena.require(known.contains(ByteBuffer.wrap(bytes)), path + " has unknown content");
          }
        });
  }

  private static byte[] edited(byte[] file, Script script) {
    boolean mend = script.next() % 8 != 7;
    if (!mend || file.length == 0) {
      return script.edit(file);
    }
    if (file.length > HEAD_BYTES + DIGEST_BYTES && Arrays.mismatch(MAGIC, file) == MAGIC.length) {
      byte[] plan = Arrays.copyOfRange(file, HEAD_BYTES, file.length - DIGEST_BYTES);
      return framed(Arrays.copyOf(file, HEAD_BYTES), script.edit(plan));
    }
    boolean log = SEALED.matcher(new String(file, StandardCharsets.UTF_8)).lookingAt();
    return log ? sealed(script.edit(file)) : line(script.edit(file));
  }

  /** Gives every line of a log of finished files the checksum that the rest of it has. */
  private static byte[] sealed(byte[] file) {
    StringBuilder text = new StringBuilder();
    for (String line : new String(file, StandardCharsets.UTF_8).split("\n")) {
      String rest = line.substring(Math.min(line.length(), SEAL_CHARS));
      text.append(checksum(rest)).append(' ').append(rest).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  /** Frames a plan so that it counts as whole. */
  private static byte[] framed(byte[] head, byte[] plan) {
    ByteBuffer file = ByteBuffer.allocate(HEAD_BYTES + plan.length + DIGEST_BYTES);
    file.put(head, 0, HEAD_BYTES - Long.BYTES).putLong(plan.length).put(plan);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(file.array(), 0, file.position());
      return file.put(digest.digest()).array();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Gives every line of a text the checksum that its other fields have, if it has fields. */
  private static byte[] line(byte[] file) {
    StringBuilder text = new StringBuilder();
    for (String line : new String(file, StandardCharsets.UTF_8).split("\n", -1)) {
      int tab = line.lastIndexOf('\t');
      String fields = tab < 0 ? line : line.substring(0, tab);
      text.append(fields);
      if (tab >= 0) {
        text.append('\t').append(checksum(fields));
      }
      text.append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
