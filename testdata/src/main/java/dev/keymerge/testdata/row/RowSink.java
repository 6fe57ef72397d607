package dev.keymerge.testdata.row;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Takes rows one after the other, from whatever makes or reads them. */
@FunctionalInterface
public interface RowSink {

  /** Takes one row; the array is the sink's to keep. */
  void accept(@Nullable Object[] row) throws IOException;
}
