package dev.keymerge.internal.locate;

import dev.keymerge.MatchedAction;
import dev.keymerge.NotMatchedBySourceAction;
import dev.keymerge.NullKeyPolicy;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Says what locating looks for.
 *
 * @param keys names and types of the key columns
 * @param matched what happens to a row whose key the source has
 * @param notMatchedBySource what happens to a row whose key the source lacks
 * @param nullKeys what a null in a key means
 * @param batchRows tells how many rows to look up at once next at most, at least one
 * @param batchBytes tells how large the keys that are looked up at once should become
 */
public record LocateRules(
    List<Field> keys,
    MatchedAction matched,
    NotMatchedBySourceAction notMatchedBySource,
    NullKeyPolicy nullKeys,
    IntSupplier batchRows,
    LongSupplier batchBytes) {}
