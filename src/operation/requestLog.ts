import type { ServerResponse } from "node:http";
import { type DestinationStream, type Logger, pino } from "pino";
import type { LogLevel } from "../settings.js";
import { errorFields } from "./errorFields.js";
import type { RequestRecord } from "./requestRecord.js";

/** One line of JSON for each event, on stderr: stdout is for what a command says. */
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorFields },
    },
    destination,
  );
}

/** The one line of a request. Those of health checks and scrapes are many and the same: for debugging only. */
export function logRequest(logger: Logger, record: RequestRecord, response: ServerResponse): void {
  const level = record.kind === "operation" ? "debug" : response.statusCode >= 500 ? "error" : "info";
  logger[level](
    {
      requestId: record.id,
      method: record.method,
      path: record.path,
      status: response.statusCode,
      kind: record.kind,
      operationName: record.operationName,
      caller: record.caller,
      milliseconds: Math.round((performance.now() - record.startedAt) * 10) / 10,
      // The client went away, or the server stopped, before all was sent.
      ...(!response.writableFinished && { aborted: true }),
      ...(record.errors.length > 0 && { errors: record.errors }),
    },
    "request",
  );
}
