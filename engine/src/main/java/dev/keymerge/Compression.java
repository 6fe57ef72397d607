package dev.keymerge;

import java.util.Locale;

/**
 * Says how new files are compressed.
 *
 * <p>Rewritten files keep the codec of each of their columns; this concerns only files of inserted
 * rows. Immutable.
 *
 * @param codec which codec
 * @param level level of the codec; only {@link Codec#ZSTD} has levels (1 to 19), every other codec
 *     takes 0
 */
public record Compression(Codec codec, int level) {
  /** What new files are compressed with unless asked otherwise: fast, and small enough. */
  public static final Compression DEFAULT = new Compression(Codec.ZSTD, 1);

  /** Checks that the codec has that level. */
  public Compression {
    int lowest = codec == Codec.ZSTD ? 1 : 0;
    int highest = codec == Codec.ZSTD ? 19 : 0;
    if (level < lowest || level > highest) {
      throw new MergeException.InvalidRequest(
          "Codec " + codec.name().toLowerCase(Locale.ROOT) + " has no level " + level + ".",
          codec == Codec.ZSTD
              ? "Give a level from 1 to 19, such as zstd:1."
              : "Name the codec alone; only zstd takes a level, such as zstd:1.");
    }
  }

  /** Names the codecs that new files can be compressed with. */
  public enum Codec {
    /** Does not compress. */
    UNCOMPRESSED,
    /** Compresses little, fast. */
    SNAPPY,
    /** Compresses well, slowly. */
    GZIP,
    /** Compresses well, fast. */
    ZSTD,
    /** Compresses little, very fast. */
    LZ4_RAW
  }

  /**
   * Parses {@code zstd}, {@code zstd:3}, {@code snappy}, {@code gzip}, {@code lz4_raw}, {@code
   * uncompressed}; case does not matter.
   *
   * @throws MergeException.InvalidRequest if it is none of these
   */
  public static Compression parse(String text) {
    String[] parts = text.split(":", 2);
    for (Codec codec : Codec.values()) {
      if (codec.name().equalsIgnoreCase(parts[0])) {
        return new Compression(codec, level(text, parts, codec));
      }
    }
    throw new MergeException.InvalidRequest(
        "There is no codec '" + text + "'.",
        "Use zstd, zstd:LEVEL, snappy, gzip, lz4_raw or uncompressed.");
  }

  private static int level(String text, String[] parts, Codec codec) {
    if (parts.length == 1) {
      return codec == Codec.ZSTD ? DEFAULT.level : 0;
    }
    try {
      return Integer.parseInt(parts[1]);
    } catch (NumberFormatException e) {
      throw new MergeException.InvalidRequest(
          "The level in '" + text + "' is not a number.", "Write it like zstd:1.");
    }
  }
}
