package dev.keymerge.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Reads numbers out of what the program prints for programs. */
final class JsonNumbers {
  private JsonNumbers() {}

  /** Returns the plain numbers of a JSON object by their names, as text. */
  static Map<String, String> of(String json) throws IOException {
    Map<String, String> numbers = new HashMap<>();
    int depth = 0;
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (token.isNumeric() && depth == 1) {
          numbers.put(parser.currentName(), parser.getText());
        }
      }
    }
    return numbers;
  }
}
