import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What one request was and how it went, gathered while it is answered: for the log and the metrics. */
export interface RequestRecord {
  /** What the client finds in x-request-id. */
  readonly id: string;
  readonly method: string;
  /** Without the query string: that may hold what no log should. */
  readonly path: string;
  /** performance.now() of its arrival. */
  readonly startedAt: number;
  /** What of the server it reached. */
  kind: RequestKind;
  operationName?: string;
  /** Whose key it came with. */
  caller?: string;
  /** Of the response, those of a subscription's events and those that mutations return included. */
  readonly errors: { code: string; id?: string }[];
  /** Of an operation that came by a WebSocket: the id of the request that opened the connection. */
  readonly connection?: string;
  /** With which code a WebSocket was closed. */
  closeCode?: number;
}

type RequestKind =
  | "query"
  | "mutation"
  | "subscription"
  | "websocket"
  | "invalid"
  | "image"
  | "page"
  | "operation";

/** How a request ended. */
export interface RequestOutcome {
  /** The status of HTTP, also where the operation came by a WebSocket. */
  status: number;
  /** The client went away, or the server stopped, before all was sent. */
  aborted: boolean;
}

export const requestIdHeader = "x-request-id";

/** What proxies give, and nothing that could break a line of a log. */
const saneId = /^[\w.:+/=@-]{1,128}$/;

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

/** The record of an operation that came by a WebSocket, which `connection` opened. */
export function beginSocketRecord({ id, path, caller }: RequestRecord): RequestRecord {
  return {
    id: randomUUID(),
    connection: id,
    method: "WEBSOCKET",
    path,
    caller,
    startedAt: performance.now(),
    kind: "invalid", // until an operation was found in it
    errors: [],
  };
}
