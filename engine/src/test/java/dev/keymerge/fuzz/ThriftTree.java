package dev.keymerge.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds one structure in the compact Thrift encoding, to change any part of it, known or not.
 *
 * <p>Parses sound structures only; what it writes may be as wrong as it was told to be. Not
 * thread-safe.
 */
final class ThriftTree {
  private static final int TRUE = 1;
  private static final int FALSE = 2;
  private static final int BYTE = 3;
  private static final int LONG = 6;
  private static final int DOUBLE = 7;
  private static final int BINARY = 8;
  private static final int LIST = 9;
  private static final int SET = 10;
  private static final int STRUCT = 12;
  private static final int DEEPEST_SOUND = 100;
  private static final int DEEPEST_INVENTION = 40_000;

  /** A value with its type; numbers are longs, byte strings arrays, the rest lists and structs. */
  static final class Node {
    int id;
    int type;
    long number;
    byte[] bytes = new byte[0];

    /** Fields of a struct, or elements of a list. */
    final List<Node> children = new ArrayList<>();

    int elementType;

    /** The size or length to state instead of the true one. */
    @Nullable Long lie;

    Node(int id, int type) {
      this.id = id;
      this.type = type;
    }

    Node copy() {
      Node copy = new Node(id, type);
      copy.number = number;
      copy.bytes = bytes;
      copy.elementType = elementType;
      copy.lie = lie;
      children.forEach(child -> copy.children.add(child.copy()));
      return copy;
    }

    /** Returns the field of this struct, which is there. */
    Node field(int wanted) {
      Node found = find(wanted);
      if (found == null) {
        throw new IllegalArgumentException("no field " + wanted);
      }
      return found;
    }

    /** Returns the field of this struct, or null. */
    @Nullable Node find(int wanted) {
      for (Node child : children) {
        if (child.id == wanted) {
          return child;
        }
      }
      return null;
    }

    /** Sets a number if the struct has it. */
    void set(int wanted, long value) {
      Node found = find(wanted);
      if (found != null) {
        found.number = value;
      }
    }

    /** Sets or adds a byte string. */
    void put(int wanted, byte[] value) {
      Node found = find(wanted);
      if (found == null) {
        found = new Node(wanted, BINARY);
        children.add(found);
        children.sort((a, b) -> Integer.compare(a.id, b.id));
      }
      found.bytes = value;
    }
  }

  private final byte[] data;
  private int position;

  private int depth;

  private ThriftTree(byte[] data, int from) {
    this.data = data;
    this.position = from;
  }

  /** A parsed structure and where it ended. */
  record Parsed(Node root, int end) {}

  /**
   * Parses the structure at {@code from}.
   *
   * @throws RuntimeException if it is not sound
   */
  static Parsed parse(byte[] data, int from) {
    ThriftTree tree = new ThriftTree(data, from);
    Node root = new Node(0, STRUCT);
    tree.struct(root);
    return new Parsed(root, tree.position);
  }

  private void struct(Node struct) {
    int last = 0;
    while (true) {
      int header = data[position++] & 0xFF;
      if ((header & 0x0F) == 0) {
        return;
      }
      int delta = header >>> 4;
      last = delta == 0 ? (int) zigzag(varint()) : last + delta;
      Node field = new Node(last, header & 0x0F);
      if (field.type == TRUE || field.type == FALSE) {
        field.number = field.type == TRUE ? 1 : 0;
      } else {
        value(field);
      }
      struct.children.add(field);
    }
  }

  private void value(Node node) {
    if (++depth > DEEPEST_SOUND) {
      throw new IllegalArgumentException("nested too deeply");
    }
    sound(node);
    depth--;
  }

  private void sound(Node node) {
    switch (node.type) {
      case TRUE, FALSE, BYTE -> node.number = data[position++];
      case 4, 5, LONG -> node.number = zigzag(varint());
      case DOUBLE -> node.bytes = take(8);
      case BINARY -> node.bytes = take((int) varint());
      case LIST, SET -> {
        int header = data[position++] & 0xFF;
        node.elementType = header & 0x0F;
        int few = header >>> 4;
        long size = few == 15 ? varint() : few;
        for (long i = 0; i < size; i++) {
          Node element = new Node(0, node.elementType);
          value(element);
          node.children.add(element);
        }
      }
      case STRUCT -> struct(node);
      default -> throw new IllegalArgumentException("type " + node.type);
    }
  }

  private byte[] take(int length) {
    if (length < 0 || length > data.length - position) {
      throw new IllegalArgumentException("a value of " + length + " bytes");
    }
    position += length;
    return Arrays.copyOfRange(data, position - length, position);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int part = data[position++];
      value |= (long) (part & 0x7F) << shift;
      if (part >= 0) {
        return value;
      }
    }
  }

  private static long zigzag(long encoded) {
    return (encoded >>> 1) ^ -(encoded & 1);
  }

  /** Returns the structure in its encoding. */
  static byte[] write(Node root) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeStruct(root, out);
    return out.toByteArray();
  }

  private static void writeStruct(Node struct, ByteArrayOutputStream out) {
    int last = 0;
    for (Node field : struct.children) {
      int type = field.type == TRUE || field.type == FALSE ? boolType(field) : field.type;
      int delta = field.id - last;
      if (delta > 0 && delta < 16) {
        out.write(delta << 4 | type);
      } else {
        out.write(type);
        writeVarint(field.id << 1 ^ field.id >> 31, out);
      }
      last = field.id;
      if (type != TRUE && type != FALSE) {
        writeValue(field, out);
      }
    }
    out.write(0);
  }

  private static int boolType(Node node) {
    return node.number != 0 ? TRUE : FALSE;
  }

  private static void writeValue(Node node, ByteArrayOutputStream out) {
    switch (node.type) {
      case TRUE, FALSE, BYTE -> out.write((int) node.number);
      case 4, 5, LONG -> writeVarint(node.number << 1 ^ node.number >> 63, out);
      case DOUBLE -> out.writeBytes(Arrays.copyOf(node.bytes, 8));
      case BINARY -> {
        writeVarint(node.lie == null ? node.bytes.length : node.lie, out);
        out.writeBytes(node.bytes);
      }
      case LIST, SET -> {
        long size = node.lie == null ? node.children.size() : node.lie;
        if (size >= 0 && size < 15) {
          out.write((int) size << 4 | node.elementType);
        } else {
          out.write(0xF0 | node.elementType);
          writeVarint(size, out);
        }
        node.children.forEach(child -> writeValue(child, out));
      }
      case STRUCT -> writeStruct(node, out);
      default -> out.writeBytes(node.bytes);
    }
  }

  private static void writeVarint(long value, ByteArrayOutputStream out) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /** Changes some part of {@code root} as the script wants. */
  static void mutate(Node root, Script script) {
    List<Node> nodes = new ArrayList<>();
    List<Node> parents = new ArrayList<>();
    collect(root, root, nodes, parents);
    int picked = script.below(nodes.size());
    Node node = nodes.get(picked);
    Node parent = parents.get(picked);
    int how = script.next() % 12;
    switch (how) {
      case 0 -> parent.children.remove(node);
      case 1 -> {
        int times = 1 << script.next() % 8;
        for (int i = 0; i < times; i++) {
          parent.children.add(node.copy());
        }
      }
      case 2 -> node.lie = script.number(Math.max(node.bytes.length, node.children.size()));
      case 3 -> node.type = 1 + script.next() % 15;
      case 4 -> node.id = (int) script.number(node.id);
      case 5 -> root.children.add(invention(script));
      case 6 -> {
        Node other = nodes.get(script.below(nodes.size()));
        node.number = other.number;
        node.bytes = other.bytes;
      }
      default -> mutateValue(node, script);
    }
  }

  private static void mutateValue(Node node, Script script) {
    switch (node.type) {
      case BINARY, DOUBLE ->
          node.bytes =
              node.bytes.length == 0 || script.next() % 2 == 0
                  ? script.bytes(64)
                  : script.edit(node.bytes);
      case LIST, SET -> node.children.clear();
      case STRUCT -> node.children.add(invention(script));
      default -> node.number = script.number(node.number);
    }
  }

  /** Makes a field that no reader knows: many elements, a long text or a deep nest. */
  private static Node invention(Script script) {
    Node field = new Node(1 + script.next(), BINARY);
    int size = 1 << script.next() % 12;
    switch (script.next() % 4) {
      case 0 -> field.bytes = "x".repeat(size).getBytes(StandardCharsets.US_ASCII);
      case 1 -> {
        field.type = LIST;
        field.elementType = 1 + script.next() % 13;
        for (int i = 0; i < size; i++) {
          field.children.add(new Node(0, field.elementType));
        }
      }
      case 2 -> {
        // Lists of one list each: a header byte per level.
        field.type = 14;
        field.bytes = new byte[Math.min(DEEPEST_INVENTION, size * 32)];
        Arrays.fill(field.bytes, (byte) (1 << 4 | LIST));
        field.type = LIST;
        field.elementType = LIST;
        field.lie = 1L;
        field.children.add(raw(field.bytes));
      }
      default -> {
        field.type = STRUCT;
        byte[] nest = new byte[Math.min(DEEPEST_INVENTION, size * 32)];
        Arrays.fill(nest, (byte) (1 << 4 | STRUCT));
        field.children.add(raw(nest));
      }
    }
    return field;
  }

  /** Makes a node whose bytes are written as they are. */
  private static Node raw(byte[] bytes) {
    Node node = new Node(1, 14);
    node.bytes = bytes;
    return node;
  }

  private static void collect(Node node, Node parent, List<Node> nodes, List<Node> parents) {
    for (Node child : node.children) {
      nodes.add(child);
      parents.add(node);
      collect(child, node, nodes, parents);
    }
    if (nodes.isEmpty()) {
      nodes.add(node);
      parents.add(parent);
    }
  }
}
