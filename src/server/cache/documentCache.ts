import { createHash } from "node:crypto";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";

/**
 * Total length of the cached texts. A parsed document takes about 100 times its text's memory, and the garbage
 * collector traverses it.
 */
const mostCharacters = 500_000;
/**
 * Maximum length of a cached text, in characters. A longer document consists mostly of white space, because
 * its tokens are limited, and is parsed again each time.
 */
const longest = 20_000;

interface Cache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/** Maximum number of texts that were seen once and are remembered by their digests. */
const mostSeen = 10_000;

/**
 * Creates a cache of parsed documents by their texts, which holds the most recently used. A document is
 * cached the second time it is seen, so that one-off texts neither evict others nor become long-lived
 * garbage.
 */
export function cachedDocuments(): Cache<DocumentNode> {
  const cached = new LRUCache<string, DocumentNode>({
    maxSize: mostCharacters,
    maxEntrySize: longest,
    sizeCalculation: (_, text) => Math.max(1, text.length),
  });
  const seen = new LRUCache<string, true>({ max: mostSeen });
  return {
    get: (text) => cached.get(text),
    set(text, document) {
      if (text.length > longest || cached.has(text)) return;
      const digest = createHash("sha256").update(text).digest("base64");
      if (seen.has(digest)) cached.set(text, document);
      else seen.set(digest, true);
    },
  };
}

/** Creates the caches for Yoga. */
export function documentCache(): { documentCache: Cache<DocumentNode>; errorCache: Cache<Error> } {
  return {
    documentCache: cachedDocuments(),
    // A text that does not parse is parsed again each time, so that each rejection is counted.
    errorCache: { get: () => undefined, set() {} },
  };
}
