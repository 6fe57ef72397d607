package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.Source;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Takes batches from a supplier of the user's; it never closes any of them. */
final class SuppliedBatches implements ArrowBatches {
  private final Source.Batches source;
  private final List<Field> columns;
  private @Nullable VectorSchemaRoot first;

  /** Takes the first batch where only it can tell the columns. */
  SuppliedBatches(Source.Batches source) {
    this.source = source;
    if (source.schema() != null) {
      this.columns = source.schema().getFields();
      return;
    }
    VectorSchemaRoot batch = supplied();
    if (batch == null) {
      throw new MergeException.InvalidRequest(
          "The supplier returned no batch at all, so that the source's columns are not known",
          "Give the schema beside the supplier where there may be no batch.");
    }
    this.first = batch;
    this.columns = batch.getSchema().getFields();
  }

  @Override
  public List<Field> columns() {
    return columns;
  }

  @Override
  public @Nullable VectorSchemaRoot next() {
    VectorSchemaRoot batch = first;
    first = null;
    if (batch == null) {
      batch = supplied();
    }
    if (batch != null && !batch.getSchema().getFields().equals(columns)) {
      throw new MergeException.BadData(
          "A supplied batch has the columns "
              + batch.getSchema().getFields()
              + ", but the source began with "
              + columns,
          "Supply batches of one schema.");
    }
    return batch;
  }

  /** Asks the supplier, whose failure is the source's and no defect of the merge. */
  private @Nullable VectorSchemaRoot supplied() {
    try {
      return source.batches().get();
    } catch (MergeException failure) {
      throw failure;
    } catch (RuntimeException failure) {
      throw new MergeException.InputOutput(
          "The supplier of the source's batches failed: " + failure,
          "See what made it fail, and start the merge again with a new one.",
          failure);
    }
  }

  @Override
  public @Nullable FieldVector dictionary(long id) {
    return null;
  }

  @Override
  public void close() {
    first = null;
  }
}
