package dev.keymerge.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes values of the public API as JSON: a record is an object whose members are its components
 * in {@code snake_case}.
 *
 * <p>Durations are seconds as a decimal number, instants their ISO 8601 text in UTC, constants of
 * an enum their name in lower case, and maps objects in the order of the map. There is no second
 * list of names that could drift from the records.
 */
final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /** Returns {@code value} as JSON on one line. */
  static String line(Object value) {
    return text(value, false);
  }

  /** Returns {@code value} as JSON that is laid out for people. */
  static String document(Object value) {
    return text(value, true);
  }

  /** Returns {@code camelCase} or {@code CamelCase} as {@code snake_case}. */
  static String snakeCase(String name) {
    return name.replaceAll("(?<=[a-z0-9])([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static String text(Object value, boolean pretty) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = FACTORY.createGenerator(text)) {
      if (pretty) {
        generator.useDefaultPrettyPrinter();
      }
      write(generator, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator generator, @Nullable Object value) throws IOException {
    if (value == null) {
      generator.writeNull();
    } else if (value instanceof Record) {
      writeRecord(generator, (Record) value);
    } else if (value instanceof Map) {
      generator.writeStartObject();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        Object key = entry.getKey();
        generator.writeFieldName(key instanceof Enum<?> constant ? name(constant) : key.toString());
        write(generator, entry.getValue());
      }
      generator.writeEndObject();
    } else if (value instanceof List) {
      generator.writeStartArray();
      for (Object element : (List<?>) value) {
        write(generator, element);
      }
      generator.writeEndArray();
    } else {
      writeScalar(generator, value);
    }
  }

  private static void writeScalar(JsonGenerator generator, Object value) throws IOException {
    if (value instanceof Boolean truth) {
      generator.writeBoolean(truth);
    } else if (value instanceof Long || value instanceof Integer) {
      generator.writeNumber(((Number) value).longValue());
    } else if (value instanceof Double number) {
      generator.writeNumber(number);
    } else if (value instanceof Duration duration) {
      generator.writeNumber(
          BigDecimal.valueOf(duration.toNanos(), 9).setScale(3, RoundingMode.HALF_UP));
    } else if (value instanceof Instant instant) {
      generator.writeString(instant.toString());
    } else if (value instanceof Enum<?> constant) {
      generator.writeString(name(constant));
    } else if (value instanceof String text) {
      generator.writeString(text);
    } else {
      throw new IllegalArgumentException("No JSON form for " + value.getClass());
    }
  }

  private static void writeRecord(JsonGenerator generator, Record value) throws IOException {
    generator.writeStartObject();
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      generator.writeFieldName(snakeCase(component.getName()));
      try {
        write(generator, component.getAccessor().invoke(value));
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException("Cannot read " + component, e);
      }
    }
    generator.writeEndObject();
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
