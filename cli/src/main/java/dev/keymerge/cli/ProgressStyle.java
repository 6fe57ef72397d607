package dev.keymerge.cli;

/** Says how progress is shown. */
enum ProgressStyle {
  /** A bar on a terminal, plain lines elsewhere. */
  AUTO,
  /** A bar that is drawn over itself. */
  BAR,
  /** One JSON object per line. */
  JSON,
  /** Not at all. */
  NONE
}
