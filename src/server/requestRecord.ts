import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Facts about one request that are collected while it is served, for the log and the metrics. */
export interface RequestRecord {
  /** The value of the response's x-request-id header. */
  readonly id: string;
  readonly method: string;
  /** The path without the query string, which may hold confidential data that must not be logged. */
  readonly path: string;
  /** The time of arrival, from performance.now(). */
  readonly startedAt: number;
  /** The time at which the body had been read, from performance.now(). Absent: the time of arrival. */
  readAt?: number;
  /** The kind of operation, or the part of the server, that was requested. */
  kind: RequestKind;
  operationName?: string;
  /** The id of the API key that was sent. */
  caller?: string;
  /**
   * The errors of the response, including those in a subscription's events and those that mutations return.
   */
  readonly errors: { code: string; id?: string }[];
  /** The id of the request that opened the WebSocket over which the operation came; absent over HTTP. */
  readonly connection?: string;
  /** The code with which a WebSocket was closed. */
  closeCode?: number;
}

type RequestKind =
  | "query"
  | "mutation"
  | "subscription"
  | "websocket"
  | "invalid"
  | "image"
  | "export"
  | "page"
  | "operation";

/** How a request ended. */
export interface RequestOutcome {
  /** The HTTP status; for an operation over a WebSocket, the status that HTTP would have. */
  status: number;
  /** Whether the client disconnected, or the server stopped, before the whole response was sent. */
  aborted: boolean;
}

export const requestIdHeader = "x-request-id";

/** Matches the request ids that are accepted from proxies. No character of them can break a line of a log. */
const saneId = /^[\w.:+/=@-]{1,128}$/;

/** Begins the record of a request. Its id is taken from the x-request-id header if that is well formed. */
export function beginRecord(request: IncomingMessage): RequestRecord {
  const given = request.headers[requestIdHeader];
  return {
    id: typeof given === "string" && saneId.test(given) ? given : randomUUID(),
    method: request.method ?? "",
    path: request.url?.split("?", 1)[0] ?? "",
    startedAt: performance.now(),
    kind: "page",
    errors: [],
  };
}

/**
 * Begins the record of an operation over a WebSocket, from the record of the request that opened the
 * WebSocket.
 */
export function beginSocketRecord({ id, path, caller }: RequestRecord): RequestRecord {
  return {
    id: randomUUID(),
    connection: id,
    method: "WEBSOCKET",
    path,
    caller,
    startedAt: performance.now(),
    kind: "invalid", // until an operation is found in the message
    errors: [],
  };
}
