package dev.keymerge.internal.memory;

import dev.keymerge.MemoryPressure;

/** Tells merges how scarce memory is, for next to nothing. Thread-safe. */
public interface PressureSource {
  /** Never finds memory scarce. */
  PressureSource NONE =
      new PressureSource() {
        @Override
        public MemoryPressure pressure() {
          return MemoryPressure.NORMAL;
        }

        @Override
        public MemoryPressure outside() {
          return MemoryPressure.NORMAL;
        }

        @Override
        public String explanation() {
          return "memory is not watched";
        }
      };

  /** Returns the worst level of Arrow, process and system. */
  MemoryPressure pressure();

  /**
   * Returns the worse level of process and system, which no refusal of the budget shows and against
   * which only freeing memory helps.
   */
  MemoryPressure outside();

  /** Returns why the level is what it is, as part of a sentence. */
  String explanation();

  /** Returns how large a batch should be under the present level that is {@code usual} else. */
  default long adapt(long usual) {
    return switch (pressure()) {
      case NORMAL -> usual;
      case WARNING -> Math.max(1, usual / 5 * 4);
      case CRITICAL, EMERGENCY -> Math.max(1, usual / 2);
    };
  }
}
