import { setImmediate as nextTurn } from "node:timers/promises";

/** So long the statements of one turn of the event loop may take together, in milliseconds. */
const longest = 4;
let began = 0;

/**
 * Lets other requests have theirs, and time run out, once the statements of this turn of the event loop have taken
 * long: libsql is synchronous, so that nothing else would run before the last of them.
 */
export async function letOthersRun(): Promise<void> {
  if (performance.now() - began < longest) return;
  await nextTurn();
  began = performance.now();
}
