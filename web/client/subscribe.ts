import { createClient } from "graphql-sse";
import { apiKey, awaitsKey } from "./apiKey.js";
import { noteUnreachable } from "./connection.js";
import { failureOf, type GraphqlError, keyAwaited } from "./execute.js";
import { Failure } from "./failure.js";
import type { Operation } from "./operation.js";
import { authorization, graphqlAddress, requestOf } from "./request.js";

const client = createClient({ url: graphqlAddress, headers: authorization, retryAttempts: 0 });

interface Listener<Data> {
  next(data: Data): void;
  /** The subscription has ended, because there will be no further event. */
  completed(): void;
  failed(failure: Failure): void;
}

/** @returns a function that ends the subscription */
export function subscribe<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  { next, completed, failed }: Listener<Data>,
): () => void {
  if (awaitsKey()) {
    failed(keyAwaited());
    return () => undefined;
  }
  const sentKey = apiKey.value;
  let ended = false;
  const stop = client.subscribe<Data>(requestOf(operation, variables) as never, {
    next({ data, errors }) {
      if (ended) return;
      if (errors?.length) end(() => failed(failureOf(errors as readonly GraphqlError[], sentKey)));
      else if (data) next(data);
    },
    complete: () => end(completed),
    error(error) {
      end(() => {
        const errors = Array.isArray(error) ? (error as GraphqlError[]) : [];
        if (errors.length > 0) return failed(failureOf(errors, sentKey));
        noteUnreachable();
        failed(new Failure("The connection to the server was lost.", null));
      });
    },
  });
  function end(then: () => void): void {
    if (ended) return;
    ended = true;
    then();
  }
  return () => {
    ended = true;
    stop();
  };
}
