/** Opens, lists and replaces files: the only door between Keymerge and a file system. */
@NullMarked
package dev.keymerge.internal.storage;

import org.jspecify.annotations.NullMarked;
