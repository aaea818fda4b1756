import type { Method } from "./sweepPlot.js";

/** What clusters a method selects, in the words of the form. */
export const methodName = (method: Method): string =>
  method === "LEAF" ? "leaves of the hierarchy" : "those that persist longest";
