import type { SubscribePayload } from "graphql-ws";
import type { GraphQLParams } from "graphql-yoga";
import type { LimitJson } from "../limits/jsonSize.js";
import { isObject, parametersOf } from "../requestParameters.js";

/** What stands in a message around the parameters: the message and its payload. */
const levelsAround = 2;

/** What a client asked for, and the message that it came in. */
const asked = new WeakMap<object, { given: unknown; message: Buffer }>();

/**
 * Reads a message for graphql-ws, which would close the connection at a parameter of a wrong type, and at a document's
 * id that comes without a query. So it is shown a query that is none: what was asked for is read by `askedFor`, which
 * refuses that operation alone.
 * @returns what graphql-ws takes for the message: its JSON, parsed, or what is none as it came
 */
export function readMessage(data: Buffer): unknown {
  let message: unknown;
  try {
    message = JSON.parse(String(data));
  } catch {
    return String(data);
  }
  if (!isObject(message) || message.type !== "subscribe" || !isObject(message.payload)) return message;
  const payload: SubscribePayload = { query: "" };
  asked.set(payload, { given: message.payload, message: data });
  return { ...message, payload };
}

/**
 * The parameters of an operation, with the rules of HTTP.
 * @param payload as graphql-ws gives it back
 * @throws GraphQLError which says what is wrong with them
 */
export function askedFor(payload: SubscribePayload, limitJson: LimitJson): GraphQLParams {
  const found = asked.get(payload);
  if (!found) throw new Error("A subscribe message was not read by readMessage.");
  limitJson(found.message, levelsAround);
  return parametersOf(found.given);
}
