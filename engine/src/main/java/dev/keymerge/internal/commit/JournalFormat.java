package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.internal.commit.JournalStep.Add;
import dev.keymerge.internal.commit.JournalStep.Remove;
import dev.keymerge.internal.commit.JournalStep.Replace;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.target.TargetKind;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the plan of a journal into bytes and back. The frame around them, which tells whether they
 * are whole, is the business of {@link JournalFile}.
 *
 * <p>Numbers are big-endian; a text is its length in bytes as 4 bytes, and UTF-8. See {@code
 * docs/atomicity.md}. Pure functions.
 */
final class JournalFormat {
  private static final int REPLACE = 1;
  private static final int ADD = 2;
  private static final int REMOVE = 3;
  private static final int LONGEST_TEXT = 64 << 10;
  private static final long NO_TIME = Long.MIN_VALUE;

  /** What it takes for a step, beside the step itself, to check that no file is named twice. */
  static final long CHECK_BYTES = 2 * Long.BYTES;

  private JournalFormat() {}

  /** Says that bytes that were read are no plan. */
  static final class UnsoundPlanException extends IOException {
    private static final long serialVersionUID = 1L;

    private UnsoundPlanException(String message) {
      super(message);
    }
  }

  /** Writes {@code journal}. */
  static void write(Journal journal, OutputStream stream) throws IOException {
    DataOutputStream output = new DataOutputStream(stream);
    writeEntry(journal.entry(), output);
    output.writeByte(journal.kind() == TargetKind.FILE ? 1 : 2);
    output.writeByte(journal.form() == Journal.Form.FILE_BY_FILE ? 1 : 2);
    output.writeInt(journal.directories().size());
    for (String directory : journal.directories()) {
      writeText(directory, output);
    }
    output.writeInt(journal.steps().size());
    for (JournalStep step : journal.steps()) {
      writeStep(step, output);
    }
    output.flush();
  }

  private static void writeEntry(HistoryEntry entry, DataOutput output) throws IOException {
    writeText(entry.mergeId(), output);
    output.writeByte(entry.operation() == HistoryEntry.Operation.MERGE ? 1 : 2);
    writeText(entry.undoes() == null ? "" : entry.undoes(), output);
    output.writeLong(entry.time().toEpochMilli());
    writeText(entry.user(), output);
    writeText(entry.host(), output);
    output.writeLong(entry.process());
    writeText(entry.strategy(), output);
    output.writeLong(entry.inserted());
    output.writeLong(entry.updated());
    output.writeLong(entry.deleted());
    output.writeLong(entry.rowsBefore());
    output.writeLong(entry.rowsAfter());
    output.writeInt(entry.filesRewritten());
    output.writeInt(entry.filesAdded());
    output.writeInt(entry.filesRemoved());
    output.writeLong(entry.keptUntil() == null ? NO_TIME : entry.keptUntil().toEpochMilli());
  }

  /** Writes {@code step} as it stands in a plan. */
  static void writeStep(JournalStep step, DataOutput output) throws IOException {
    if (step instanceof Replace replace) {
      output.writeByte(REPLACE);
      writeText(replace.path(), output);
      writeText(replace.source(), output);
      writeState(replace.before(), output);
      writeState(replace.after(), output);
      writeText(replace.kept(), output);
    } else if (step instanceof Add add) {
      output.writeByte(ADD);
      writeText(add.path(), output);
      writeText(add.source(), output);
      writeState(add.after(), output);
    } else if (step instanceof Remove remove) {
      output.writeByte(REMOVE);
      writeText(remove.path(), output);
      writeState(remove.before(), output);
      writeText(remove.kept(), output);
    }
  }

  private static void writeState(FileState state, DataOutput output) throws IOException {
    output.writeLong(state.bytes());
    output.writeLong(state.modifiedNanos());
    writeText(state.identity(), output);
    output.writeLong(state.footer());
  }

  private static void writeText(String text, DataOutput output) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST_TEXT) {
      throw new IOException("a text of " + bytes.length + " bytes is too long for a journal");
    }
    output.writeInt(bytes.length);
    output.write(bytes);
  }

  /**
   * Reads what {@link #write} wrote, and nothing else.
   *
   * @param memory charged with what the plan takes
   * @throws UnsoundPlanException if the bytes are no plan
   * @throws java.io.EOFException if they end too early
   */
  static Journal read(InputStream stream, MemoryReservation memory) throws IOException {
    DataInputStream input = new DataInputStream(stream);
    try {
      HistoryEntry entry = readEntry(input);
      TargetKind kind = choice(input) ? TargetKind.FILE : TargetKind.DIRECTORY;
      Journal.Form form = choice(input) ? Journal.Form.FILE_BY_FILE : Journal.Form.WHOLE_DIRECTORY;
      List<String> directories = new ArrayList<>();
      for (int left = count(input); left > 0; left--) {
        directories.add(readText(input, memory));
      }
      JournalSteps.Builder steps = new JournalSteps.Builder();
      for (int left = count(input); left > 0; left--) {
        JournalStep step = readStep(input);
        memory.grow(CHECK_BYTES + steps.add(step));
      }
      if (input.read() >= 0) {
        throw new UnsoundPlanException("more bytes follow the plan");
      }
      return new Journal(entry, kind, form, directories, steps.build());
    } catch (IllegalArgumentException unsound) {
      throw (IOException)
          new UnsoundPlanException(String.valueOf(unsound.getMessage())).initCause(unsound);
    }
  }

  /** Reads no more of what {@link #write} wrote than what the history says about it. */
  static HistoryEntry readEntry(InputStream stream) throws IOException {
    return readEntry(new DataInputStream(stream));
  }

  private static HistoryEntry readEntry(DataInputStream input) throws IOException {
    String mergeId = readText(input);
    HistoryEntry.Operation operation =
        choice(input) ? HistoryEntry.Operation.MERGE : HistoryEntry.Operation.UNDO;
    String undoes = readText(input);
    Instant time = Instant.ofEpochMilli(input.readLong());
    String user = readText(input);
    String host = readText(input);
    long process = input.readLong();
    String strategy = readText(input);
    long inserted = input.readLong();
    long updated = input.readLong();
    long deleted = input.readLong();
    long rowsBefore = input.readLong();
    long rowsAfter = input.readLong();
    int rewritten = input.readInt();
    int added = input.readInt();
    int removed = input.readInt();
    long keptUntil = input.readLong();
    return new HistoryEntry(
        mergeId,
        operation,
        undoes.isEmpty() ? null : undoes,
        time,
        user,
        host,
        process,
        strategy,
        inserted,
        updated,
        deleted,
        rowsBefore,
        rowsAfter,
        rewritten,
        added,
        removed,
        keptUntil == NO_TIME ? null : Instant.ofEpochMilli(keptUntil));
  }

  /**
   * Reads what {@link #writeStep} wrote.
   *
   * @throws UnsoundPlanException if the bytes are no step
   */
  static JournalStep readStep(DataInputStream input) throws IOException {
    int type = input.readUnsignedByte();
    String path = readText(input);
    if (type == REPLACE) {
      String source = readText(input);
      FileState before = readState(input);
      FileState after = readState(input);
      return new Replace(path, source, before, after, readText(input));
    } else if (type == ADD) {
      return new Add(path, readText(input), readState(input));
    } else if (type == REMOVE) {
      return new Remove(path, readState(input), readText(input));
    }
    throw new UnsoundPlanException("a step of an unknown kind: " + type);
  }

  private static FileState readState(DataInputStream input) throws IOException {
    long bytes = input.readLong();
    long modified = input.readLong();
    return new FileState(bytes, modified, readText(input), input.readLong());
  }

  /** Reads one of two values and returns whether it is the first. */
  private static boolean choice(DataInputStream input) throws IOException {
    int value = input.readUnsignedByte();
    if (value != 1 && value != 2) {
      throw new UnsoundPlanException("neither 1 nor 2: " + value);
    }
    return value == 1;
  }

  private static int count(DataInputStream input) throws IOException {
    int count = input.readInt();
    if (count < 0) {
      throw new UnsoundPlanException("a negative number of things: " + count);
    }
    return count;
  }

  private static String readText(DataInputStream input, MemoryReservation memory)
      throws IOException {
    String text = readText(input);
    memory.grow(2L * text.length() + Long.BYTES);
    return text;
  }

  private static String readText(DataInputStream input) throws IOException {
    int length = input.readInt();
    if (length < 0 || length > LONGEST_TEXT) {
      throw new UnsoundPlanException("a text of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    input.readFully(bytes);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException malformed) {
      throw new UnsoundPlanException("a text that is not UTF-8");
    }
  }
}
