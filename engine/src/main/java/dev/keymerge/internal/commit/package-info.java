/** Stages what a merge writes and puts it into the target all at once or not at all. */
@NullMarked
package dev.keymerge.internal.commit;

import org.jspecify.annotations.NullMarked;
