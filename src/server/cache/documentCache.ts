import { createHash } from "node:crypto";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";

/**
 * Of the texts of kept documents, together: read, they take a hundred times as much memory, which the collection of
 * garbage goes through again and again.
 */
const mostCharacters = 500_000;
/** A document that is longer is mostly blanks: it is read again each time, rather than kept. */
const longest = 20_000;

interface Cache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/** So many texts that came once are remembered, by their digests. */
const mostSeen = 10_000;

/**
 * Parsed documents by their text, those asked for last: nobody can fill the memory with texts. One is kept when it
 * comes for the second time: what comes once, such as text that is made up for each request, would only push out others
 * and leave garbage that is dear to collect, since it was kept for long.
 */
export function keptDocuments(): Cache<DocumentNode> {
  const kept = new LRUCache<string, DocumentNode>({
    maxSize: mostCharacters,
    maxEntrySize: longest,
    sizeCalculation: (_, text) => Math.max(1, text.length),
  });
  const seen = new LRUCache<string, true>({ max: mostSeen });
  return {
    get: (text) => kept.get(text),
    set(text, document) {
      if (text.length > longest || kept.has(text)) return;
      const digest = createHash("sha256").update(text).digest("base64");
      if (seen.has(digest)) kept.set(text, document);
      else seen.set(digest, true);
    },
  };
}

/** What Yoga keeps. */
export function documentCache(): { documentCache: Cache<DocumentNode>; errorCache: Cache<Error> } {
  return {
    documentCache: keptDocuments(),
    // What does not parse is found out again each time, so that it is counted each time.
    errorCache: { get: () => undefined, set() {} },
  };
}
