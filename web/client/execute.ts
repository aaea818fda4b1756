import { apiKey, noteKeyNeeded } from "./apiKey.js";
import { noteUnreachable } from "./connection.js";
import { Failure } from "./failure.js";
import type { Operation } from "./operation.js";
import { authorization, graphqlAddress, requestOf } from "./request.js";

interface ResponseBody<Data> {
  data?: Data | null;
  errors?: GraphqlError[];
}

export interface GraphqlError {
  message: string;
  extensions?: { code?: string; retryAfterSeconds?: number };
}

const unreachableMessage = "The server does not respond.";

/**
 * Executes a query or a mutation.
 * @throws Failure if it has an error, in whichever of its fields
 * @throws the signal's reason once it aborts
 */
export async function execute<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  const sentKey = apiKey.value;
  let body: ResponseBody<Data>;
  try {
    const response = await fetch(graphqlAddress, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...authorization() },
      body: JSON.stringify(requestOf(operation, variables)),
      signal,
    });
    body = await response.json(); // a proxy whose server is gone responds with something else
  } catch {
    signal?.throwIfAborted();
    noteUnreachable();
    throw new Failure(unreachableMessage, null);
  }
  if (body.errors?.length) throw failureOf(body.errors, sentKey);
  return body.data as Data;
}

/** The failure of a response with errors: the first of them, which is also the reason of what follows from it. */
export function failureOf([error]: readonly GraphqlError[], sentKey: string | null): Failure {
  const { code = null, retryAfterSeconds = null } = error.extensions ?? {};
  if (code === "UNAUTHENTICATED") noteKeyNeeded(sentKey);
  return new Failure(error.message, code, retryAfterSeconds);
}
