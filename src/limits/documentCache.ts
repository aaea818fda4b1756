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

/** Parsed documents by their text, those asked for last: nobody can fill the memory with texts. */
export function keptDocuments(): LRUCache<string, DocumentNode> {
  return new LRUCache<string, DocumentNode>({
    maxSize: mostCharacters,
    maxEntrySize: longest,
    sizeCalculation: (_, text) => Math.max(1, text.length),
  });
}

/** What Yoga keeps. */
export function documentCache(): { documentCache: Cache<DocumentNode>; errorCache: Cache<Error> } {
  return {
    documentCache: keptDocuments(),
    // What does not parse is found out again each time, so that it is counted each time.
    errorCache: { get: () => undefined, set() {} },
  };
}
