import type { DocumentNode } from "graphql";

const mostDocuments = 500;
/** A document that is longer is mostly blanks: it is read again each time, rather than kept. */
const longest = 20_000;

interface Cache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/** Keeps parsed documents, those asked for last, of bounded size: nobody can fill the memory with texts. */
export function documentCache(): { documentCache: Cache<DocumentNode>; errorCache: Cache<Error> } {
  const kept = new Map<string, DocumentNode>();
  return {
    documentCache: {
      get(text) {
        const document = kept.get(text);
        if (document) {
          kept.delete(text);
          kept.set(text, document);
        }
        return document;
      },
      set(text, document) {
        if (text.length > longest) return;
        kept.set(text, document);
        if (kept.size > mostDocuments) kept.delete(kept.keys().next().value!);
      },
    },
    // What does not parse is found out again each time, so that it is counted each time.
    errorCache: { get: () => undefined, set() {} },
  };
}
