import type { Plugin } from "graphql-yoga";
import { isTokenLimit } from "./graphqlMessages.js";
import type { Refuse } from "./rejections.js";

/** Refuses a document of more than `maximum` tokens. Parsing stops at the first token beyond the maximum. */
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
