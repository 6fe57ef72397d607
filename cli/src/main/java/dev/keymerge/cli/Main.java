package dev.keymerge.cli;

/** Starts the program: {@code keymerge merge}, {@code inspect}, {@code undo} and so on. */
public final class Main {
  private Main() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Shell shell = Shell.ofProcess();
    Cancellation cancellation = new Cancellation(shell);
    Thread hook =
        new Thread(() -> Runtime.getRuntime().halt(cancellation.stop()), "keymerge-cancellation");
    Runtime.getRuntime().addShutdownHook(hook);
    int code = new Program(shell, cancellation).run(arguments);
    shell.out().flush();
    shell.err().flush();
    cancellation.ended(code);
    // The hook ends the process with this code; when a signal came first, it is already waiting for
    // it.
    System.exit(code);
  }
}
