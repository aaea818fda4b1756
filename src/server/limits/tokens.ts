import type { Plugin } from "graphql-yoga";
import type { Refuse } from "./rejections.js";

/** Stops reading a document at its token `maximum + 1`: what comes after it costs nothing. */
export function limitTokens(maximum: number, refuse: Refuse): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => {
        try {
          return parseFn(source, { ...options, maxTokens: maximum });
        } catch (error) {
          if (!isTokenLimit(error)) throw error;
          throw refuse({
            limit: "TOKENS",
            maximum,
            message: `The document has more than ${maximum} tokens.`,
          });
        }
      });
    },
  };
}

/** graphql gives this error no code. */
function isTokenLimit(error: unknown): boolean {
  return error instanceof Error && /more that \d+ tokens/.test(error.message);
}
