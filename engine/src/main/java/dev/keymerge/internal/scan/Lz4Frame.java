package dev.keymerge.internal.scan;

import org.apache.arrow.memory.ArrowBuf;

/**
 * Expands one LZ4 frame from one buffer into another.
 *
 * <p>All blocks go to one stretch of memory, so that linked blocks, whose matches reach back into
 * earlier ones, need no care. Checksums are not looked at. Borrows both buffers, whose own bounds
 * catch what a broken frame would read or write elsewhere. Not thread-safe.
 */
final class Lz4Frame {
  private static final int MAGIC = 0x184D2204;
  private static final int DESCRIPTOR_BYTES = 6;
  private static final int VERSION_MASK = 0xC0;
  private static final int VERSION = 0x40;
  private static final int BLOCK_CHECKSUM = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int DICTIONARY = 0x01;
  private static final int PLAIN_BLOCK = 0x8000_0000;
  private static final int LEAST_MATCH = 4;
  private static final int LONG_RUN = 15;

  private final ArrowBuf source;
  private final long sourceEnd;
  private final ArrowBuf target;
  private final long targetEnd;
  private long from;
  private long to;

  private Lz4Frame(ArrowBuf source, long from, long sourceEnd, ArrowBuf target, long targetEnd) {
    this.source = source;
    this.from = from;
    this.sourceEnd = sourceEnd;
    this.target = target;
    this.targetEnd = targetEnd;
  }

  /**
   * Expands the frame in {@code source} between {@code from} and {@code end}.
   *
   * @throws IllegalStateException if it is not a frame that expands to exactly {@code length} bytes
   */
  static void expand(ArrowBuf source, long from, long end, ArrowBuf target, long length) {
    Lz4Frame frame = new Lz4Frame(source, from, end, target, length);
    frame.expand();
    if (frame.to != length) {
      throw broken("it expands to " + frame.to + " bytes instead of " + length);
    }
  }

  private void expand() {
    require(DESCRIPTOR_BYTES + 1);
    int flags = source.getByte(from + 4);
    if (source.getInt(from) != MAGIC || (flags & VERSION_MASK) != VERSION) {
      throw broken("it does not begin like one");
    }
    if ((flags & DICTIONARY) != 0) {
      throw broken("it needs a dictionary");
    }
    boolean checksums = (flags & BLOCK_CHECKSUM) != 0;
    from += DESCRIPTOR_BYTES + ((flags & CONTENT_SIZE) == 0 ? 0 : Long.BYTES) + 1;
    while (true) {
      require(Integer.BYTES);
      int header = source.getInt(from);
      from += Integer.BYTES;
      if (header == 0) {
        return;
      }
      int length = header & ~PLAIN_BLOCK;
      require(length);
      if ((header & PLAIN_BLOCK) == 0) {
        expandBlock(from + length);
      } else {
        copyLiterals(length);
      }
      from += checksums ? Integer.BYTES : 0;
    }
  }

  /**
   * Expands sequences of literals and a match up to {@code end}; the last sequence has no match.
   */
  private void expandBlock(long end) {
    while (from < end) {
      int token = source.getByte(from++) & 0xFF;
      copyLiterals(runLength(token >>> 4, end));
      if (from >= end) {
        break;
      }
      if (end - from < Short.BYTES) {
        throw broken("a match goes on beyond its block");
      }
      int distance = source.getShort(from) & 0xFFFF;
      from += Short.BYTES;
      copyMatch(distance, runLength(token & LONG_RUN, end) + LEAST_MATCH);
    }
    if (from != end) {
      throw broken("a block does not end where it should");
    }
  }

  private long runLength(int start, long end) {
    long length = start;
    if (start == LONG_RUN) {
      int more;
      do {
        if (from >= end) {
          throw broken("a length goes on beyond its block");
        }
        more = source.getByte(from++) & 0xFF;
        length += more;
      } while (more == 0xFF);
    }
    return length;
  }

  private void copyLiterals(long length) {
    require(length);
    room(length);
    target.setBytes(to, source, from, length);
    from += length;
    to += length;
  }

  private void copyMatch(int distance, long length) {
    room(length);
    if (distance == 0 || distance > to) {
      throw broken("a match reaches back before the beginning");
    }
    if (distance >= length) {
      target.setBytes(to, target, to - distance, length);
    } else {
      // The match overlaps what it writes: it repeats the last bytes over and over.
      for (long i = 0; i < length; i++) {
        target.setByte(to + i, target.getByte(to + i - distance));
      }
    }
    to += length;
  }

  private void require(long length) {
    if (length < 0 || length > sourceEnd - from) {
      throw broken("it ends too early");
    }
  }

  private void room(long length) {
    if (length > targetEnd - to) {
      throw broken("it expands to more than " + targetEnd + " bytes");
    }
  }

  private static IllegalStateException broken(String what) {
    return new IllegalStateException("an LZ4 frame is broken: " + what);
  }
}
