import { createHash } from "node:crypto";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";

/**
 * Total length of the cached texts. A parsed document takes about 100 times its text's memory, and the garbage
 * collector traverses it.
 */
const mostCharacters = 500_000;
/** A document that is longer is mostly blanks: it is parsed again each time rather than cached. */
const longest = 20_000;

interface Cache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/** How many texts that came once are remembered, by their digests. */
const mostSeen = 10_000;

/**
 * Parsed documents by their text, those used last. A document is cached the second time it is seen, so that one-off
 * texts neither evict others nor become long-lived garbage.
 */
export function cachedDocuments(): Cache<DocumentNode> {
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

/** The caches that Yoga uses. */
export function documentCache(): { documentCache: Cache<DocumentNode>; errorCache: Cache<Error> } {
  return {
    documentCache: cachedDocuments(),
    // What does not parse is parsed again each time, so that it is counted each time.
    errorCache: { get: () => undefined, set() {} },
  };
}
