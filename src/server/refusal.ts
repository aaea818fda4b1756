import type { ServerResponse } from "node:http";
import type { Refusal } from "./errors.js";
import type { RequestRecord } from "./requestRecord.js";

/** Responds to a request that is refused: in the form of a GraphQL response, whatever was requested. */
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
