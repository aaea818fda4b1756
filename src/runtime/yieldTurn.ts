import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds that the statements of one turn of the event loop may take together. */
const longest = 4;
let began = 0;

/**
 * Yields to other requests and to timers once the statements of this turn of the event loop have taken long.
 * libsql is synchronous, so without this nothing else would run before the last of the statements.
 */
export async function yieldTurn(): Promise<void> {
  if (performance.now() - began < longest) return;
  await nextTurn();
  began = performance.now();
}
