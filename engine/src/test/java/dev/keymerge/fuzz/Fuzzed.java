package dev.keymerge.fuzz;

import java.util.List;

/** Turns inputs into files: the bytes as they are, or a sound file with changes. */
final class Fuzzed {
  private Fuzzed() {}

  /** Returns a Parquet file as the script wants it. */
  static byte[] parquet(Script script) {
    int which = script.next();
    if (which == 255) {
      return script.rest();
    }
    byte[] sound = pick(SoundFiles.PARQUET, which);
    return ParquetParts.mutate(sound, script);
  }

  /** Returns an Arrow stream or file as the script wants it. */
  static byte[] arrow(Script script) {
    int which = script.next();
    if (which == 255) {
      return script.rest();
    }
    byte[] file = pick(SoundFiles.ARROW, which).clone();
    int edits = script.next() % 5;
    for (int i = 0; i < edits; i++) {
      switch (script.next() % 4) {
        case 0 -> file = script.edit(file);
        case 1 -> overwrite(file, script, Long.BYTES);
        case 2 -> overwrite(file, script, Short.BYTES);
        default -> overwrite(file, script, Integer.BYTES);
      }
    }
    return file;
  }

  /** Overwrites a number that stands where numbers of its width stand. */
  private static void overwrite(byte[] file, Script script, int width) {
    int at = script.below(Math.max(1, file.length / width)) * width;
    if (at + width > file.length) {
      return;
    }
    long old = 0;
    for (int i = width - 1; i >= 0; i--) {
      old = old << 8 | (file[at + i] & 0xFF);
    }
    long number = script.number(old);
    for (int i = 0; i < width; i++) {
      file[at + i] = (byte) (number >>> (8 * i));
    }
  }

  private static byte[] pick(List<byte[]> files, int which) {
    return files.get(which % files.size());
  }
}
