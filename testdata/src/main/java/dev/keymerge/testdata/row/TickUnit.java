package dev.keymerge.testdata.row;

/** Names the length of one tick of a time or timestamp value. */
public enum TickUnit {
  /** One thousandth of a second. */
  MILLIS(1_000L),
  /** One millionth of a second. */
  MICROS(1_000_000L),
  /** One billionth of a second. */
  NANOS(1_000_000_000L);

  private final long ticksPerSecond;

  TickUnit(long ticksPerSecond) {
    this.ticksPerSecond = ticksPerSecond;
  }

  /** Tells how many ticks make one second. */
  public long ticksPerSecond() {
    return ticksPerSecond;
  }
}
