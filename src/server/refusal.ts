import type { ServerResponse } from "node:http";
import type { Refusal } from "./errors.js";
import type { RequestRecord } from "./requestRecord.js";

/**
 * Responds to a refused request and records the error. The response has the form of a GraphQL response even
 * if something else was requested, such as an image.
 */
export function refuse(response: ServerResponse, record: RequestRecord, refusal: Refusal): void {
  const { status, message, extensions, headers } = refusal;
  const { code, id } = extensions;
  record.errors.push({ code, ...(id !== undefined && { id }) });
  const text = JSON.stringify({ errors: [{ message, extensions }] });
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
