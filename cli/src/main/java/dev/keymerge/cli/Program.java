package dev.keymerge.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Runs one command line from its words to an exit code; every failure ends here as a message.
 *
 * <p>For one call of {@link #run}. Reads and writes only through its {@link Shell}.
 */
final class Program {
  private final Shell shell;
  private final Cancellation cancellation;

  Program(Shell shell, Cancellation cancellation) {
    this.shell = shell;
    this.cancellation = cancellation;
  }

  /** Runs the command that {@code words} describe and returns the code to exit with. */
  int run(String... words) {
    CommandLine line = commandLine();
    line.setParameterExceptionHandler(
        (exception, arguments) ->
            fail(usage(exception), exception, exception.getCommandLine(), words));
    line.setExecutionExceptionHandler(
        (exception, command, result) -> fail(Failure.of(exception), exception, command, words));
    try {
      return line.execute(words);
    } catch (Throwable e) {
      // Errors reach this place: running out of memory is an answer that a caller must be able to
      // read.
      return fail(Failure.of(e), e, leaf(line), words);
    }
  }

  /** Returns the commands and their options; also what the documentation is checked against. */
  CommandLine commandLine() {
    CommandLine line = new CommandLine(new KeymergeCommand());
    line.addSubcommand("merge", new MergeCommand(shell, cancellation));
    line.addSubcommand("inspect", new InspectCommand(shell, cancellation));
    line.addSubcommand("recover", new RecoverCommand(shell, cancellation));
    line.addSubcommand("undo", new UndoCommand(shell, cancellation));
    line.addSubcommand("history", new HistoryCommand(shell, cancellation));
    line.addSubcommand("demo", new DemoCommand(shell, cancellation));
    line.addSubcommand("generate-completion", new AutoComplete.GenerateCompletion());
    line.setDefaultValueProvider(new EnvironmentDefaults(shell.environment()));
    line.setOut(writer(shell.out()));
    line.setErr(writer(shell.err()));
    return line;
  }

  private int fail(Failure failure, Throwable cause, CommandLine command, String[] words) {
    ReportOptions options =
        command.getCommand() instanceof Reporting reporting ? reporting.report() : null;
    List<String> given = Arrays.asList(words);
    shell.err().println(failure.text());
    if (given.contains("--debug") || (options != null && options.debug)) {
      cause.printStackTrace(shell.err());
    }
    if (given.contains("--json") || (options != null && options.json)) {
      shell.out().println(failure.json());
    }
    return failure.exitCode();
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  private static CommandLine leaf(CommandLine line) {
    ParseResult result = line.getParseResult();
    CommandLine leaf = line;
    while (result != null && result.hasSubcommand()) {
      result = result.subcommand();
      leaf = result.commandSpec().commandLine();
    }
    return leaf;
  }

  private static Failure usage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    String help =
        "Run '" + command.getCommandSpec().qualifiedName() + " --help' to see how it is used.";
    // An unknown option says more than the required one for which it may have been meant.
    UnmatchedArgumentException unmatched =
        e instanceof MissingParameterException && !command.getUnmatchedArguments().isEmpty()
            ? new UnmatchedArgumentException(command, command.getUnmatchedArguments())
            : e instanceof UnmatchedArgumentException ? (UnmatchedArgumentException) e : null;
    if (unmatched != null) {
      return unmatched(unmatched, help);
    }
    if (e instanceof MissingParameterException missing) {
      return Failure.usage(missing(missing), help);
    }
    return Failure.usage(plain(e), help);
  }

  private static Failure unmatched(UnmatchedArgumentException e, String help) {
    String word = e.getUnmatched().get(0);
    if (word.startsWith("@")) {
      return Failure.usage(
          "The file of options '" + word.substring(1) + "' cannot be read.",
          "Check its path; write @@ at the beginning of a word that is no file.");
    }
    boolean root = e.getCommandLine().getParent() == null;
    String kind =
        e.isUnknownOption()
            ? "Unknown option: "
            : root ? "Unknown command: " : "Unexpected argument: ";
    if (!root && !e.isUnknownOption() && !word.startsWith("-")) {
      return Failure.usage(
          kind + "'" + word + "'.",
          "Put a pattern for --source in quotes, so that the shell leaves it alone; else: " + help);
    }
    List<String> suggestions = e.getSuggestions();
    return Failure.usage(
        kind + "'" + word + "'.",
        suggestions.isEmpty() ? help : "Did you mean " + String.join(" or ", suggestions) + "?");
  }

  private static String missing(MissingParameterException e) {
    List<String> names = new ArrayList<>();
    for (ArgSpec argument : e.getMissing()) {
      names.add(
          argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel());
    }
    String joined = String.join(", ", names);
    return plain(e).startsWith("Missing required parameter for option")
        ? "A value is missing after " + joined + "."
        : "Missing: " + joined + ".";
  }

  /** Returns the message of the parser, without the names of Java's types. */
  private static String plain(ParameterException e) {
    String message = e.getMessage();
    if (message == null) {
      return "The command line is not understood.";
    }
    return message
        .replaceFirst(" is not an? (int|long)$", " is not a whole number.")
        .replaceFirst(" is not a double$", " is not a number.")
        .replaceFirst(" is not a boolean$", " is neither true nor false.");
  }
}
