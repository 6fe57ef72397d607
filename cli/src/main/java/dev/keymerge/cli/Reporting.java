package dev.keymerge.cli;

/** Is a command that can be asked how to report, a failure too. */
interface Reporting {
  /** Returns how this command reports. */
  ReportOptions report();
}
