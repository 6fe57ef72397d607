package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.Sha256;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/**
 * Keeps journals in files that either are whole or are none.
 *
 * <p>A file begins with a magic number, the version of the format and the length of the plan; the
 * plan follows, and then a SHA-256 digest of all that. Nothing is believed before the digest has
 * been checked over the whole file, which has to end right behind it. Pure functions.
 */
final class JournalFile {
  /** The version of the format that this program writes, and the only one that it reads. */
  static final int VERSION = 1;

  /** Spells KMJOURN and an end of line, which a transfer as text would change. */
  private static final long MAGIC = 0x4b4d_4a4f_5552_4e0aL;

  private static final int HEAD_BYTES = Long.BYTES + Integer.BYTES + Long.BYTES;
  private static final int DIGEST_BYTES = 32;
  private static final long MOST_BYTES = 1L << 30;

  private JournalFile() {}

  /**
   * Writes {@code journal} to {@code path}, which must not exist, for all who may change the
   * directory to complete it; it survives a loss of power as soon as its name does.
   */
  static void write(Storage storage, StoragePath path, Journal journal) throws IOException {
    CountingOutput counter = new CountingOutput();
    JournalFormat.write(journal, counter);
    if (counter.bytes > MOST_BYTES - HEAD_BYTES - DIGEST_BYTES) {
      throw new IOException(path + ": a plan of " + counter.bytes + " bytes is too long");
    }
    MessageDigest digest = Sha256.digest();
    try (StorageOutput output = storage.create(path)) {
      storage.copyAttributes(path.parent(), path);
      SequentialOutput file = new SequentialOutput(output);
      DigestOutputStream digesting = new DigestOutputStream(file, digest);
      DataOutputStream data = new DataOutputStream(digesting);
      data.writeLong(MAGIC);
      data.writeInt(VERSION);
      data.writeLong(counter.bytes);
      JournalFormat.write(journal, data);
      data.flush();
      file.write(digest.digest());
      file.flush();
      output.sync();
    }
  }

  /**
   * Reads the journal at {@code path}.
   *
   * @param memory charged with what the plan takes
   * @throws MalformedJournalException if the file is no whole journal of a known version
   */
  static Journal read(Storage storage, StoragePath path, MemoryReservation memory)
      throws IOException {
    return readPlan(storage, path, plan -> JournalFormat.read(plan, memory));
  }

  /**
   * Reads what the history says about the journal at {@code path}, which takes no memory however
   * long the plan is.
   *
   * @throws MalformedJournalException if the file is no whole journal of a known version
   */
  static HistoryEntry readEntry(Storage storage, StoragePath path) throws IOException {
    return readPlan(storage, path, JournalFormat::readEntry);
  }

  private static <T> T readPlan(Storage storage, StoragePath path, PlanReader<T> reader)
      throws IOException {
    try (StorageInput input = openWhole(storage, path);
        SequentialInput plan =
            new SequentialInput(input, HEAD_BYTES, input.size() - DIGEST_BYTES)) {
      return reader.read(plan);
    } catch (EOFException cut) {
      throw new MalformedJournalException(path + ": the plan is cut off", cut);
    } catch (JournalFormat.UnsoundPlanException unsound) {
      throw new MalformedJournalException(path + ": " + unsound.getMessage(), unsound);
    }
  }

  /** Opens a file that is a whole journal of a known version; the caller closes it. */
  private static StorageInput openWhole(Storage storage, StoragePath path) throws IOException {
    StorageInput input = storage.open(path);
    boolean whole = false;
    try {
      long size = input.size();
      if (size < HEAD_BYTES + DIGEST_BYTES || size > MOST_BYTES) {
        throw new MalformedJournalException(path + ": " + size + " bytes are no journal");
      }
      ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
      input.readFully(0, head);
      head.flip();
      if (head.getLong() != MAGIC) {
        throw new MalformedJournalException(path + ": does not begin like a journal");
      }
      int version = head.getInt();
      if (version != VERSION) {
        throw new MalformedJournalException(
            path + ": a journal of version " + version + ", not of version " + VERSION);
      }
      if (head.getLong() != size - HEAD_BYTES - DIGEST_BYTES) {
        throw new MalformedJournalException(path + ": the file does not end where the plan does");
      }
      checkDigest(input, path);
      whole = true;
      return input;
    } finally {
      if (!whole) {
        input.close();
      }
    }
  }

  private static void checkDigest(StorageInput input, StoragePath path) throws IOException {
    MessageDigest digest = Sha256.digest();
    long end = input.size() - DIGEST_BYTES;
    byte[] piece = new byte[4096];
    try (SequentialInput covered = new SequentialInput(input, 0, end)) {
      for (int bytes = covered.read(piece); bytes >= 0; bytes = covered.read(piece)) {
        digest.update(piece, 0, bytes);
      }
    }
    ByteBuffer stored = ByteBuffer.allocate(DIGEST_BYTES);
    input.readFully(end, stored);
    if (!MessageDigest.isEqual(digest.digest(), stored.array())) {
      throw new MalformedJournalException(path + ": the checksum does not fit");
    }
  }

  /** Reads what it is after from a plan. */
  @FunctionalInterface
  private interface PlanReader<T> {
    T read(SequentialInput plan) throws IOException;
  }

  /** Counts bytes and forgets them. */
  private static final class CountingOutput extends OutputStream {
    private long bytes;

    @Override
    public void write(int value) {
      bytes++;
    }

    @Override
    public void write(byte[] source, int offset, int length) {
      bytes += length;
    }
  }
}
