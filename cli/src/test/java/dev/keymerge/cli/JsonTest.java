package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void aResultHasExactlyTheNamesOfTheContract() throws IOException {
    assertThat(names(Json.document(Results.everyNumberDifferent())))
        .containsExactly(
            "strategy",
            "key_columns",
            "dry_run",
            "recovery",
            "source_rows",
            "duplicates_dropped",
            "inserted",
            "updated",
            "unchanged",
            "deleted",
            "stale",
            "ignored",
            "target_rows_before",
            "target_rows_after",
            "files_scanned",
            "files_pruned",
            "files_rewritten",
            "files_added",
            "files_removed",
            "files_kept",
            "files_resumed",
            "row_groups_copied",
            "chunks_copied",
            "pages_copied",
            "pages_patched",
            "pages_encoded",
            "key_method",
            "key_passes",
            "spilled_partitions",
            "bytes_read",
            "bytes_written",
            "bytes_copied",
            "bytes_spilled",
            "spill_peak_bytes",
            "buffer_pool_hits",
            "buffer_pool_misses",
            "peak_memory_bytes",
            "peak_arrow_bytes",
            "peak_process_bytes",
            "elapsed",
            "elapsed_per_phase",
            "files");
  }

  @Test
  void aResultIsWrittenWithSecondsAndLowerCaseWords() {
    assertThat(Json.line(Results.everyNumberDifferent()))
        .contains("\"key_columns\":[\"id\",\"line\"]")
        .contains("\"dry_run\":false")
        .contains("\"updated\":4004")
        .contains("\"key_method\":\"partitions\"")
        .contains("\"elapsed\":1.500")
        .contains("\"elapsed_per_phase\":{\"planning\":0.005,\"committing\":1.250}")
        .contains(
            "{\"path\":\"b"
                + " \\\"é\\\".parquet\",\"action\":\"removed\",\"rows\":200,\"bytes\":1048576}");
  }

  @Test
  void aLineHasNoLineBreak() {
    assertThat(Json.line(Results.everyNumberDifferent())).doesNotContain("\n");
  }

  @Test
  void camelCaseBecomesSnakeCase() {
    assertThat(Json.snakeCase("peakProcessBytes")).isEqualTo("peak_process_bytes");
    assertThat(Json.snakeCase("InputOutput")).isEqualTo("input_output");
    assertThat(Json.snakeCase("rows")).isEqualTo("rows");
  }

  @Test
  void durationsAreSecondsToTheMillisecond() {
    assertThat(Json.line(List.of(Duration.ofNanos(1_999_600_000), Duration.ofHours(1))))
        .isEqualTo("[2.000,3600.000]");
  }

  @Test
  void aValueWithoutAFormIsAFault() {
    Map<String, Object> strange = Map.of("a", Optional.empty());

    assertThatThrownBy(() -> Json.line(strange)).isInstanceOf(IllegalArgumentException.class);
  }

  /** Returns the names of the outermost object, in order. */
  static List<String> names(String json) throws IOException {
    List<String> names = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        names.add(parser.currentName());
        parser.nextToken();
        parser.skipChildren();
      }
      assertThat(parser.nextToken()).as("what follows the object").isNull();
    }
    return names;
  }
}
