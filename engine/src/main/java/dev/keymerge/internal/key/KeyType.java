package dev.keymerge.internal.key;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Says how the keys of a merge are held: which shape they have and where each component lies in it.
 *
 * <p>Immutable.
 */
public final class KeyType {
  /** A null takes one bit per component beside a packed key; the index has room for this many. */
  private static final int MOST_PACKED = 16;

  private static final int PAIR_BYTES = 2 * Long.BYTES;

  private final List<Field> fields;
  private final List<CanonicalType> components;
  private final KeyShape shape;
  private final int[] packedShifts;

  private KeyType(
      List<Field> fields, List<CanonicalType> components, KeyShape shape, int[] packedShifts) {
    this.fields = List.copyOf(fields);
    this.components = List.copyOf(components);
    this.shape = shape;
    this.packedShifts = packedShifts;
  }

  /**
   * Chooses how keys of these columns are held.
   *
   * @throws dev.keymerge.MergeException.InvalidRequest if a column's values cannot be matched
   */
  public static KeyType of(List<Field> fields) {
    if (fields.isEmpty()) {
      throw new IllegalArgumentException("A key needs a column");
    }
    List<CanonicalType> components = new ArrayList<>();
    for (Field field : fields) {
      components.add(CanonicalType.of(field));
    }
    CanonicalType first = components.get(0);
    if (components.size() == 1 && first.kind().isWord()) {
      return new KeyType(fields, components, KeyShape.WORD, new int[] {0});
    }
    if (components.size() == 1 && first.width() == PAIR_BYTES) {
      return new KeyType(fields, components, KeyShape.PAIR, new int[] {0});
    }
    int[] shifts = pack(components);
    return shifts.length == 0
        ? new KeyType(fields, components, KeyShape.BYTES, shifts)
        : new KeyType(fields, components, KeyShape.PAIR, shifts);
  }

  /**
   * Returns per component the bit at which it starts, from 64 on in the second word; empty if they
   * do not fit.
   */
  private static int[] pack(List<CanonicalType> components) {
    int[] none = new int[0];
    if (components.size() == 1 || components.size() > MOST_PACKED) {
      return none;
    }
    int[] shifts = new int[components.size()];
    int[] used = new int[2];
    for (int bytes = Long.BYTES; bytes > 0; bytes--) {
      for (int index = 0; index < shifts.length; index++) {
        CanonicalType component = components.get(index);
        if (!component.kind().isWord()) {
          return none;
        }
        if (component.wordBytes() == bytes) {
          int word = used[0] + bytes <= Long.BYTES ? 0 : 1;
          shifts[index] = (word * Long.BYTES + used[word]) * Byte.SIZE;
          used[word] += bytes;
        }
      }
    }
    return used[1] <= Long.BYTES ? shifts : none;
  }

  /** Returns the key columns, in key order. */
  public List<Field> fields() {
    return fields;
  }

  /** Returns the canonical type of each component, in key order. */
  public List<CanonicalType> components() {
    return components;
  }

  /** Returns how keys are held. */
  public KeyShape shape() {
    return shape;
  }

  /** Returns the bit at which a packed component starts, from 64 on in the second word. */
  int packedShift(int component) {
    return packedShifts[component];
  }
}
