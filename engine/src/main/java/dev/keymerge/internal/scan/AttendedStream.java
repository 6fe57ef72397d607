package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads a user's stream on a thread of its own, so that a merge which waits for bytes that never
 * come can still be cancelled.
 *
 * <p>It never reads ahead: what follows the last byte asked for stays in the stream. Closing leaves
 * the stream open and does not wait for it: a thread that it still holds up ends with that read.
 * For one thread.
 */
final class AttendedStream implements ReadableByteChannel {
  private static final int CHUNK_BYTES = 256 << 10;
  private static final long CHECK_MILLIS = 100;

  private final InputStream input;
  private final String name;
  private final Runnable checkpoint;
  private final ExecutorService executor;
  private byte[] chunk = new byte[0];

  /**
   * Starts the thread.
   *
   * @param input the stream, which stays the user's
   * @param name what is read, for messages
   * @param checkpoint run again and again while bytes are awaited; may throw to end the wait
   */
  AttendedStream(InputStream input, String name, Runnable checkpoint) {
    this.input = input;
    this.name = name;
    this.checkpoint = checkpoint;
    this.executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "keymerge-source-stream");
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public int read(ByteBuffer target) {
    int length = Math.min(CHUNK_BYTES, target.remaining());
    if (length == 0) {
      return 0;
    }
    if (chunk.length < length) {
      chunk = new byte[length];
    }
    byte[] bytes = chunk;
    int read = await(executor.submit(() -> input.read(bytes, 0, length)));
    if (read > 0) {
      target.put(bytes, 0, read);
    }
    return read;
  }

  private int await(Future<Integer> reading) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return reading.get(CHECK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException stillWaiting) {
          checkpoint.run();
        } catch (InterruptedException interrupt) {
          // Merges are cancelled, not interrupted: the checkpoint has the say.
          interrupted = true;
        }
      }
    } catch (ExecutionException failure) {
      throw failed(failure.getCause() == null ? failure : failure.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private MergeException failed(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    String detail = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new MergeException.InputOutput(
        "Cannot read " + name + ": " + detail,
        "Check that the source is complete and can be read, and start the merge again.",
        cause);
  }

  @Override
  public boolean isOpen() {
    return !executor.isShutdown();
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
