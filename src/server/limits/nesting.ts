import type { Plugin } from "graphql-yoga";
import type { Refuse } from "./rejections.js";

/**
 * Refuses a request whose JSON has more levels of lists and objects than `maximum`: what goes through values level by
 * level, as writing them as JSON does, would run out of stack.
 */
export function limitNesting(maximum: number, refuse: Refuse): Plugin {
  return {
    onParams({ params }) {
      if (!isDeeper(params, maximum)) return;
      const message = `The request's variables are nested more than ${maximum} levels deep.`;
      throw refuse({ limit: "NESTING", maximum, message, http: { status: 400 } });
    },
  };
}

function isDeeper(value: object, maximum: number): boolean {
  let level: object[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maximum) return true;
    const next: object[] = [];
    for (const each of level) {
      for (const child of Array.isArray(each) ? each : Object.values(each)) {
        if (typeof child === "object" && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return false;
}
