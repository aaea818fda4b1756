import type { Logger } from "pino";
import type { RequestOutcome, RequestRecord } from "../requestRecord.js";

/**
 * Logs a request in one line. Health checks and scrapes are logged at level debug, because there are many of
 * them and all are alike.
 */
export function logRequest(logger: Logger, record: RequestRecord, { status, aborted }: RequestOutcome): void {
  const level = record.kind === "operation" ? "debug" : status >= 500 ? "error" : "info";
  logger[level](
    {
      requestId: record.id,
      connectionId: record.connection,
      method: record.method,
      path: record.path,
      status,
      kind: record.kind,
      operationName: record.operationName,
      caller: record.caller,
      milliseconds: Math.round((performance.now() - record.startedAt) * 10) / 10,
      closeCode: record.closeCode,
      ...(aborted && { aborted }),
      ...(record.errors.length > 0 && { errors: record.errors }),
    },
    "request",
  );
}
