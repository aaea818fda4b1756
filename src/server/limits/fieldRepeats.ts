import { type DocumentNode, Kind, visit } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Refuse } from "./rejections.js";

const kept = new WeakMap<DocumentNode, number>();

/** How many fields of a document share one name in the answer, at most. */
function repeats(document: DocumentNode): number {
  let most = kept.get(document);
  if (most === undefined) {
    const counts = new Map<string, number>();
    visit(document, {
      [Kind.FIELD]: ({ alias, name }) => {
        const key = (alias ?? name).value;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      },
    });
    most = Math.max(0, ...counts.values());
    kept.set(document, most);
  }
  return most;
}

/** Refuses a document with more than `maximum` fields of one name: validation compares each with every other. */
export function limitRepeats(maximum: number, refuse: Refuse): Plugin {
  return {
    onValidate({ params }) {
      const actual = repeats(params.documentAST);
      if (actual <= maximum) return;
      const message = `The document has ${actual} fields of one name, and ${maximum} are allowed.`;
      throw refuse({ limit: "REPEATS", maximum, actual, message });
    },
  };
}
