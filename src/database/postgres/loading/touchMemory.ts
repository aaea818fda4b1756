/**
 * Has the system provide shared memory, page by page, before it is written to. Runs on a thread of its own,
 * which receives the function's source text; it must therefore not use anything outside of itself.
 */
export function touchMemory(memory: SharedArrayBuffer): void {
  /** The smallest page size of all systems that Node runs on. */
  const bytesPerPage = 4096;
  const words = new Int32Array(memory);
  // Replaces zero with zero atomically, so that a number that another thread writes to the same place is not
  // lost.
  for (let at = 0; at < words.length; at += bytesPerPage / words.BYTES_PER_ELEMENT) {
    Atomics.compareExchange(words, at, 0, 0);
  }
}
