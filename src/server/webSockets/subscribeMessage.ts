import type { SubscribePayload } from "graphql-ws";
import type { GraphQLParams } from "graphql-yoga";
import type { LimitJson } from "../limits/jsonSize.js";
import { isObject, parametersOf } from "../requestParameters.js";

/** Number of levels of JSON around the parameters: the message and its payload. */
const levelsAround = 2;

/**
 * The parameters that a client sent and the message in which they came, by the payload that graphql-ws gets
 * instead.
 */
const requests = new WeakMap<object, { given: unknown; message: Buffer }>();

/**
 * Parses a message for graphql-ws, which would close the connection because of a parameter of a wrong type,
 * or of a document's id without a query. So graphql-ws gets an empty query instead. `requestIn` reads the
 * parameters that the client sent, and refuses only that operation.
 * @returns the message for graphql-ws: parsed JSON, or the text itself if it is not JSON
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
  requests.set(payload, { given: message.payload, message: data });
  return { ...message, payload };
}

/**
 * Reads the parameters of an operation by the same rules as over HTTP.
 * @param payload the payload that readMessage made, as graphql-ws passes it on
 * @throws GraphQLError that names the first invalid parameter
 */
export function requestIn(payload: SubscribePayload, limitJson: LimitJson): GraphQLParams {
  const found = requests.get(payload);
  if (!found) throw new Error("A subscribe message was not read by readMessage.");
  limitJson(found.message, levelsAround);
  return parametersOf(found.given);
}
