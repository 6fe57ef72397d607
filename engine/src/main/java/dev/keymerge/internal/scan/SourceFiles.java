package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.Source;
import dev.keymerge.SourceFormat;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Finds the files that a source's path stands for, and their format.
 *
 * <p>Immutable: states what was there when it was made.
 *
 * @param format the one format of all the files, never {@link SourceFormat#DETECT}
 * @param files in path order, at least one
 * @param root the directory below which the files were looked for
 */
record SourceFiles(SourceFormat format, List<FileStatus> files, StoragePath root) {
  private static final Map<String, SourceFormat> ENDINGS =
      Map.of(
          ".parquet", SourceFormat.PARQUET,
          ".parq", SourceFormat.PARQUET,
          ".arrow", SourceFormat.ARROW_FILE,
          ".feather", SourceFormat.ARROW_FILE,
          ".ipc", SourceFormat.ARROW_FILE,
          ".arrows", SourceFormat.ARROW_STREAM);

  private static final int MAGIC_BYTES = 6;

  /**
   * Looks the files up.
   *
   * @throws MergeException.InvalidRequest if there are none, or they are not of one format
   */
  static SourceFiles find(Source.Files source, Storage storage) throws IOException {
    Optional<FileStatus> literal = literal(source.path(), storage);
    List<FileStatus> found =
        literal.isPresent() ? List.of(literal.get()) : matches(source.path(), storage);
    SourceFormat format = source.format();
    // A pattern may name a directory and what lies in it; no file is to be read twice.
    SortedMap<StoragePath, FileStatus> files = new TreeMap<>();
    for (FileStatus entry : found) {
      if (entry.directory()) {
        List<FileStatus> inside = dataFiles(storage, entry.path(), format);
        if (literal.isPresent() && inside.isEmpty()) {
          throw new MergeException.InvalidRequest(
              "The source directory " + entry.path() + " holds no file" + endingsOf(format),
              "Check the path. Files of other names are read if a pattern names them, like "
                  + "'"
                  + entry.path()
                  + "/*'.");
        }
        inside.forEach(file -> files.put(file.path(), file));
      } else {
        files.put(entry.path(), entry);
      }
    }
    if (files.isEmpty()) {
      throw noMatch(source.path());
    }
    List<FileStatus> ordered = List.copyOf(files.values());
    return new SourceFiles(
        commonFormat(ordered, format, storage), ordered, root(source.path(), literal, storage));
  }

  /**
   * Returns the file or the directory at which, or below which, the files are.
   *
   * @throws MergeException.InvalidRequest if nothing stands there
   */
  static StoragePath place(Source.Files source, Storage storage) throws IOException {
    return literal(source.path(), storage)
        .map(FileStatus::path)
        .orElseGet(() -> storage.resolve(PathPattern.base(source.path())));
  }

  private static Optional<FileStatus> literal(String path, Storage storage) throws IOException {
    Optional<FileStatus> status = storage.status(storage.resolve(path));
    if (status.isEmpty() && !PathPattern.isPattern(path)) {
      throw new MergeException.InvalidRequest(
          "The source " + path + " does not exist", "Check the path.");
    }
    return status;
  }

  private static StoragePath root(String path, Optional<FileStatus> literal, Storage storage) {
    if (literal.isEmpty()) {
      return storage.resolve(PathPattern.base(path));
    }
    StoragePath found = literal.get().path();
    return literal.get().directory() ? found : found.parent();
  }

  private static List<FileStatus> matches(String path, Storage storage) throws IOException {
    List<FileStatus> matches = new PathPattern(path).matches(storage);
    if (matches.isEmpty()) {
      throw noMatch(path);
    }
    return matches;
  }

  private static MergeException noMatch(String path) {
    return new MergeException.InvalidRequest(
        "No file fits the source's pattern '" + path + "'",
        "Check the pattern, and that the shell did not change it: put it in quotes.");
  }

  private static List<FileStatus> dataFiles(
      Storage storage, StoragePath directory, SourceFormat format) throws IOException {
    return storage.listDataFiles(directory).stream()
        .filter(file -> fits(byEnding(file.path()), format))
        .toList();
  }

  private static boolean fits(Optional<SourceFormat> ending, SourceFormat format) {
    return ending.isPresent() && (format == SourceFormat.DETECT || ending.get() == format);
  }

  private static Optional<SourceFormat> byEnding(StoragePath path) {
    String name = path.name().toLowerCase(Locale.ROOT);
    int dot = name.lastIndexOf('.');
    return dot < 0 ? Optional.empty() : Optional.ofNullable(ENDINGS.get(name.substring(dot)));
  }

  private static String endingsOf(SourceFormat format) {
    List<String> endings =
        ENDINGS.entrySet().stream()
            .filter(entry -> fits(Optional.of(entry.getValue()), format))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    return " that ends in " + String.join(" or ", endings);
  }

  private static SourceFormat commonFormat(
      List<FileStatus> files, SourceFormat asked, Storage storage) throws IOException {
    if (asked != SourceFormat.DETECT) {
      return asked;
    }
    FileStatus first = files.get(0);
    SourceFormat format = detect(first, storage);
    for (FileStatus file : files.subList(1, files.size())) {
      SourceFormat other = detect(file, storage);
      if (other != format) {
        throw new MergeException.InvalidRequest(
            "The source has files of two formats: "
                + first.path()
                + " is "
                + label(format)
                + ", "
                + file.path()
                + " is "
                + label(other),
            "Name the format (--source-format), or merge the files one after the other.");
      }
    }
    return format;
  }

  private static SourceFormat detect(FileStatus file, Storage storage) throws IOException {
    byte[] start = new byte[(int) Math.min(MAGIC_BYTES, file.bytes())];
    try (StorageInput input = storage.open(file.path())) {
      input.readFully(0, ByteBuffer.wrap(start));
    }
    String magic = new String(start, StandardCharsets.ISO_8859_1);
    if (magic.startsWith("PAR1") || magic.startsWith("PARE")) {
      return SourceFormat.PARQUET;
    }
    if (magic.equals("ARROW1")) {
      return SourceFormat.ARROW_FILE;
    }
    if (magic.startsWith("\u00ff\u00ff\u00ff\u00ff")) {
      return SourceFormat.ARROW_STREAM;
    }
    return byEnding(file.path())
        .orElseThrow(
            () ->
                new MergeException.InvalidRequest(
                    "Cannot tell what format the source file " + file.path() + " has",
                    "Name the format (--source-format): parquet, arrow or arrow-stream."));
  }

  private static String label(SourceFormat format) {
    return switch (format) {
      case PARQUET -> "Parquet";
      case ARROW_FILE -> "an Arrow file";
      case ARROW_STREAM -> "an Arrow stream";
      case DETECT -> throw new IllegalStateException("Not found out yet");
    };
  }
}
