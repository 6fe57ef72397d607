package dev.keymerge.testdata.row;

import java.util.ArrayList;
import java.util.List;

/** Lists a column of every logical type, so that tests can claim to have tried them all. */
public final class AllTypes {

  private AllTypes() {}

  /** Lists every type, the ones with parameters in several variants. */
  public static List<LogicalType> types() {
    List<LogicalType> types =
        new ArrayList<>(
            List.of(
                LogicalType.BOOLEAN,
                LogicalType.INT8,
                LogicalType.INT16,
                LogicalType.INT32,
                LogicalType.INT64,
                LogicalType.UINT8,
                LogicalType.UINT16,
                LogicalType.UINT32,
                LogicalType.UINT64,
                LogicalType.FLOAT,
                LogicalType.DOUBLE,
                LogicalType.decimal(5, 2),
                LogicalType.decimal(9, 0),
                LogicalType.decimal(12, 2),
                LogicalType.decimal(18, 18),
                LogicalType.decimal(20, 4),
                LogicalType.decimal(38, 10),
                LogicalType.DATE,
                LogicalType.STRING,
                LogicalType.BINARY,
                LogicalType.fixedBinary(1),
                LogicalType.fixedBinary(16)));
    for (TickUnit unit : TickUnit.values()) {
      types.add(LogicalType.time(unit));
      types.add(LogicalType.timestamp(unit));
      types.add(LogicalType.timestampZoned(unit));
    }
    return List.copyOf(types);
  }

  /** Makes a schema with a nullable and a required column of every type. */
  public static TableSchema schema() {
    List<Column> columns = new ArrayList<>();
    for (LogicalType type : types()) {
      String name = type.toString().replaceAll("[(),]+", "_").replaceAll("_$", "");
      columns.add(Column.nullable(name, type));
      columns.add(Column.required(name + "_required", type));
    }
    return TableSchema.of(columns);
  }
}
