import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";

/** Refuses a body that nothing here reads: Yoga would do so without a word. */
export function requireKnownBodyType(): Plugin {
  return {
    onRequestParse({ request, requestParser }) {
      if (requestParser || request.method !== "POST") return;
      throw new GraphQLError(
        "A POST request's body is read as JSON, with the Content-Type application/json.",
        {
          extensions: { code: "INVALID_INPUT", http: { status: 415 } },
        },
      );
    },
  };
}
