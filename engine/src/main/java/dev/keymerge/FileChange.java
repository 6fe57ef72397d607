package dev.keymerge;

/**
 * Tells what a merge did with one file of the target.
 *
 * @param path path below the target, with {@code /} between the parts
 * @param action what happened
 * @param rows rows that the file holds now; for a removed file, rows that it held
 * @param bytes length that the file has now; for a removed file, the length that it had
 */
public record FileChange(String path, FileAction action, long rows, long bytes) {}
