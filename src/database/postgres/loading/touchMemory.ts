/**
 * Has the system provide shared memory before it is written to, page by page. For a thread of its own, which is given
 * the function's text: it uses nothing from outside.
 */
export function touchMemory(memory: SharedArrayBuffer): void {
  /** The smallest page of any system that Node runs on. */
  const bytesPerPage = 4096;
  const words = new Int32Array(memory);
  // Zero for zero, at once: whoever writes to the same place meanwhile loses nothing.
  for (let at = 0; at < words.length; at += bytesPerPage / words.BYTES_PER_ELEMENT) {
    Atomics.compareExchange(words, at, 0, 0);
  }
}
