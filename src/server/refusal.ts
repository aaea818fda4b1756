import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { ErrorCode } from "../resolvers/errors.js";
import type { RequestRecord } from "./requestRecord.js";

export interface Refusal {
  status: number;
  message: string;
  extensions: { code: ErrorCode; id?: string; [name: string]: unknown };
  headers?: OutgoingHttpHeaders;
}

/** Answers a request that is not let in: in the form of a GraphQL response, whatever was asked for. */
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
