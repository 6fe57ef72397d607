package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Finds the files and directories whose paths fit a pattern with {@code *}, {@code ?}, {@code **},
 * {@code [a-c]} and <code>{a,b}</code>.
 *
 * <p>A backslash takes the meaning from the sign after it. Names that start with {@code _} or
 * {@code .} fit only where the pattern says that sign itself. Immutable; reads the storage anew
 * each time.
 */
final class PathPattern {
  private static final String SIGNS = "*?[{";

  private final String text;

  PathPattern(String text) {
    this.text = text;
  }

  /** Returns whether {@code text} has a sign that makes it more than a path. */
  static boolean isPattern(String text) {
    return firstSign(text) >= 0;
  }

  /** Returns the directory that every match of {@code text} lies in. */
  static String base(String text) {
    int slash = lastFixedSlash(text);
    return slash < 0 ? "." : slash == 0 ? "/" : unescaped(text.substring(0, slash));
  }

  private static int lastFixedSlash(String text) {
    int sign = firstSign(text);
    return text.lastIndexOf('/', sign < 0 ? text.length() : sign);
  }

  private static int firstSign(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (SIGNS.indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** Returns what fits, files and directories, in path order. */
  List<FileStatus> matches(Storage storage) throws IOException {
    SortedMap<StoragePath, FileStatus> found = new TreeMap<>();
    for (String alternative : alternatives(text)) {
      int slash = lastFixedSlash(alternative);
      List<String> segments = new ArrayList<>();
      for (String segment : alternative.substring(slash + 1).split("/")) {
        if (!segment.isEmpty()) {
          segments.add(segment);
        }
      }
      StoragePath directory = storage.resolve(base(alternative));
      if (storage.status(directory).filter(FileStatus::directory).isPresent()) {
        collect(storage, directory, segments, found);
      }
    }
    return List.copyOf(found.values());
  }

  private static void collect(
      Storage storage,
      StoragePath directory,
      List<String> segments,
      SortedMap<StoragePath, FileStatus> found)
      throws IOException {
    String segment = segments.get(0);
    List<String> rest = segments.subList(1, segments.size());
    boolean anyDepth = segment.equals("**");
    if (anyDepth && !rest.isEmpty()) {
      collect(storage, directory, rest, found);
    }
    Pattern pattern = Pattern.compile(anyDepth ? "[^_.].*" : regex(segment), Pattern.DOTALL);
    for (FileStatus entry : storage.list(directory)) {
      if (!pattern.matcher(entry.path().name()).matches()) {
        continue;
      }
      if (rest.isEmpty()) {
        found.put(entry.path(), entry);
      } else if (entry.directory()) {
        collect(storage, entry.path(), anyDepth ? segments : rest, found);
      }
    }
  }

  /** Returns every text that the innermost braces, and those around them, stand for. */
  private static List<String> alternatives(String text) {
    int open = -1;
    List<Integer> commas = new ArrayList<>();
    for (int i = 0; i < text.length(); i++) {
      char sign = text.charAt(i);
      if (sign == '\\') {
        i++;
      } else if (sign == '{') {
        open = i;
        commas.clear();
      } else if (sign == ',' && open >= 0) {
        commas.add(i);
      } else if (sign == '}' && open >= 0) {
        commas.add(i);
        List<String> all = new ArrayList<>();
        int start = open + 1;
        for (int comma : commas) {
          String chosen = text.substring(start, comma);
          all.addAll(alternatives(text.substring(0, open) + chosen + text.substring(i + 1)));
          start = comma + 1;
        }
        return all;
      }
    }
    if (open >= 0) {
      throw unclosed(text, "{", "}");
    }
    return List.of(text);
  }

  private static String regex(String segment) {
    StringBuilder regex = new StringBuilder();
    if ("*?[".indexOf(segment.charAt(0)) >= 0) {
      regex.append("(?![_.])");
    }
    for (int i = 0; i < segment.length(); i++) {
      char sign = segment.charAt(i);
      switch (sign) {
        case '*' -> regex.append(".*");
        case '?' -> regex.append('.');
        case '[' -> i = appendClass(segment, i, regex);
        case '\\' -> {
          i = Math.min(i + 1, segment.length() - 1);
          appendLiteral(segment.charAt(i), regex);
        }
        default -> appendLiteral(sign, regex);
      }
    }
    return regex.toString();
  }

  /** Translates the class that opens at {@code open} and returns where it closes. */
  private static int appendClass(String segment, int open, StringBuilder regex) {
    int close = segment.indexOf(']', open + 2);
    if (close < 0) {
      throw unclosed(segment, "[", "]");
    }
    boolean negated = segment.charAt(open + 1) == '!' || segment.charAt(open + 1) == '^';
    if (negated && close == open + 2) {
      close = segment.indexOf(']', open + 3);
      if (close < 0) {
        throw unclosed(segment, "[", "]");
      }
    }
    regex.append(negated ? "[^" : "[");
    for (int i = negated ? open + 2 : open + 1; i < close; i++) {
      char sign = segment.charAt(i);
      regex.append(sign == '-' ? "-" : sign == '\\' ? "\\\\" : "\\x{" + hex(sign) + "}");
    }
    regex.append(']');
    return close;
  }

  private static void appendLiteral(char sign, StringBuilder regex) {
    if (Character.isLetterOrDigit(sign) || Character.isSurrogate(sign)) {
      regex.append(sign);
    } else {
      regex.append("\\x{").append(hex(sign)).append('}');
    }
  }

  private static String hex(char sign) {
    return Integer.toHexString(sign);
  }

  private static String unescaped(String text) {
    return text.replaceAll("\\\\(.)", "$1");
  }

  private static MergeException unclosed(String text, String open, String close) {
    return new MergeException.InvalidRequest(
        "The pattern '" + text + "' opens a " + open + " that it does not close",
        "Add the " + close + ", or write \\" + open + " for the sign itself.");
  }
}
