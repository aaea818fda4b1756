import type { Plugin } from "graphql-yoga";
import { isTokenLimit } from "./graphqlMessages.js";
import type { Refuse } from "./rejections.js";

/** Stops reading a document at its token `maximum + 1`: the rest of the document is not read. */
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
