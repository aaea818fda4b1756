import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestRecord } from "./requestRecord.js";

/** Responds to a request, and records what kind of request it is. */
export type Route = (
  request: IncomingMessage,
  response: ServerResponse,
  record: RequestRecord,
) => Promise<void>;
