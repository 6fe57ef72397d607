package dev.keymerge.internal.parquet;

import org.apache.parquet.SemanticVersion;
import org.apache.parquet.SemanticVersion.SemanticVersionParseException;
import org.apache.parquet.VersionParser;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.VersionParser.VersionParseException;
import org.apache.parquet.schema.PrimitiveType;
import org.jspecify.annotations.Nullable;

/**
 * Knows what readers conclude from the writer that a footer names, so that chunks copied under
 * another name still mean the same.
 *
 * <p>Readers work around known faults of old writers by looking at {@code created_by}. A copied
 * chunk loses that protection: what the fault spoiled has to be left out, or the chunk must not be
 * copied. Immutable and thread-safe.
 */
final class CreatedBy {
  /** What the footers of written files say, in the form that version-dependent readers parse. */
  static final String TEXT = "keymerge version 0.1.0 (build 0)";

  private static final String PARQUET_JAVA = "parquet-mr";
  private static final String PARQUET_CPP = "parquet-cpp";

  private final @Nullable String text;
  private final String application;
  private final @Nullable SemanticVersion version;

  private CreatedBy(@Nullable String text, String application, @Nullable SemanticVersion version) {
    this.text = text;
    this.application = application;
    this.version = version;
  }

  /** Reads the writer's name as a footer gives it; null if it gives none. */
  static CreatedBy of(@Nullable String text) {
    if (text == null) {
      return new CreatedBy(null, "", null);
    }
    try {
      ParsedVersion parsed = VersionParser.parse(text);
      return new CreatedBy(
          text, parsed.application, SemanticVersion.parse(String.valueOf(parsed.version)));
    } catch (VersionParseException | SemanticVersionParseException | RuntimeException e) {
      return new CreatedBy(text, text, null);
    }
  }

  /**
   * Returns whether readers that know this writer use the statistics of a chunk of {@code type}.
   */
  boolean statisticsTrusted(PrimitiveType type) {
    return !org.apache.parquet.CorruptStatistics.shouldIgnoreStatistics(
        text, type.getPrimitiveTypeName());
  }

  /**
   * Returns whether bounds were compared in the order of the type; old writers compared all bytes
   * as signed.
   */
  boolean unsignedBoundsTrusted() {
    return !olderThan(PARQUET_CPP, 1, 3, 0) && !olderThan(PARQUET_JAVA, 1, 10, 0);
  }

  /** Returns whether the length of a chunk includes the header of its dictionary page. */
  boolean chunkLengthTrusted() {
    return !olderThan(PARQUET_CPP, 1, 3, 0) && !olderThan(PARQUET_JAVA, 1, 2, 9);
  }

  /** Returns whether a page of version 2 says truly if it is compressed. */
  boolean compressionFlagTrusted() {
    return !olderThan(PARQUET_CPP, 2, 0, 0);
  }

  /** Returns whether byte arrays in delta encoding can be read without the pages before them. */
  boolean deltaByteArraysTrusted() {
    return !olderThan(PARQUET_JAVA, 1, 8, 0);
  }

  private boolean olderThan(String writer, int major, int minor, int patch) {
    if (!application.equals(writer)) {
      return false;
    }
    return version == null || version.compareTo(new SemanticVersion(major, minor, patch)) < 0;
  }
}
