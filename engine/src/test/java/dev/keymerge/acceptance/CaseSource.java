package dev.keymerge.acceptance;

import dev.keymerge.Source;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.cases.MergeCase;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.parquet.TableFiles;
import dev.keymerge.testdata.row.LogicalType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/**
 * Hands the rows of a random case to one merge, in a form that the case's number chooses.
 *
 * <p>Owns the stream or reader that the source draws on; close it after the merge.
 */
final class CaseSource implements AutoCloseable {
  private static final int MOST_BATCH_ROWS = 40;
  private static final long FORM_SALT = 0x5deece66dL;

  private final MergeCase merge;
  private final Path directory;
  private final Random random;
  private final List<AutoCloseable> resources = new ArrayList<>();
  private final Source source;
  private boolean staged;

  private CaseSource(MergeCase merge, Path directory) throws IOException {
    this.merge = merge;
    this.directory = directory;
    // Generators whose seeds are neighbours begin alike, and these are: all forms would be one.
    this.random = new Random(new SplittableRandom(merge.seed() ^ FORM_SALT).nextLong());
    this.source = write();
  }

  /** Writes the source below a directory, over an equal one if it was written before. */
  static CaseSource write(MergeCase merge, Path directory) throws IOException {
    Files.createDirectories(directory);
    return new CaseSource(merge, directory);
  }

  Source source() {
    return source;
  }

  /** Returns whether the engine has to stage the source, because it is not Parquet. */
  boolean isStaged() {
    return staged;
  }

  private Source write() throws IOException {
    int form = random.nextInt(8);
    staged = form < 4;
    return switch (form) {
      case 0 -> Source.arrowFile(writeArrow("source.arrow", ArrowLayout.file()));
      case 1 -> Source.arrowStream(writeArrow("source.arrows", ArrowLayout.stream()));
      case 2 -> Source.arrowStream(new ByteArrayInputStream(arrowStream()));
      case 3 -> Source.arrow(reader());
      default -> writeParquet();
    };
  }

  private Source writeParquet() throws IOException {
    List<Path> files = new ArrayList<>();
    for (int number = 0; number < merge.source().files().size(); number++) {
      Path file = TableFiles.file(directory, number);
      Files.deleteIfExists(file);
      ParquetTableWriter.write(
          file, merge.source().schema(), merge.source().files().get(number), merge.sourceLayout());
      files.add(file);
    }
    boolean byPattern = random.nextInt(4) == 0;
    if (byPattern) {
      return Source.parquet(directory.resolve("part-*.parquet").toString());
    }
    return Source.parquet(files.size() == 1 ? files.get(0) : directory);
  }

  private Path writeArrow(String name, ArrowLayout layout) throws IOException {
    Path file = directory.resolve(name);
    ArrowTableWriter.write(file, merge.source().schema(), merge.source().allRows(), shaped(layout));
    return file;
  }

  private byte[] arrowStream() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ArrowTableWriter.write(
        bytes, merge.source().schema(), merge.source().allRows(), shaped(ArrowLayout.stream()));
    return bytes.toByteArray();
  }

  private ArrowStreamReader reader() throws IOException {
    ByteArrayInputStream bytes = new ByteArrayInputStream(arrowStream());
    RootAllocator allocator = new RootAllocator();
    ArrowStreamReader reader = new ArrowStreamReader(bytes, allocator);
    resources.add(reader);
    resources.add(allocator);
    return reader;
  }

  /** Draws batch size, vectors for text, and columns with dictionaries. */
  private ArrowLayout shaped(ArrowLayout layout) {
    ArrowLayout.TextForm[] forms = ArrowLayout.TextForm.values();
    List<String> dictionaries =
        merge.source().schema().columns().stream()
            .filter(column -> hasDictionaries(column.type()) && random.nextInt(3) == 0)
            .map(column -> column.name())
            .toList();
    return layout
        .withBatchRows(1 + random.nextInt(MOST_BATCH_ROWS))
        .withTextForm(forms[random.nextInt(forms.length)])
        .withDictionaries(dictionaries.toArray(new String[0]));
  }

  private static boolean hasDictionaries(LogicalType type) {
    return switch (type.kind()) {
      case STRING, BINARY, INT64, DATE -> true;
      default -> false;
    };
  }

  @Override
  public void close() throws IOException {
    try {
      AutoCloseables.close(resources);
    } catch (IOException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IOException("The source does not close.", failure);
    }
  }
}
