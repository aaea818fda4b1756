import { type DestinationStream, type Logger, pino } from "pino";
import { errorFields } from "../../runtime/errorFields.js";
import { version } from "../../runtime/version.js";
import type { LogLevel } from "../../settings.js";
import type { RequestOutcome, RequestRecord } from "../requestRecord.js";

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

/** The log of a process, whose first line says which version starts. */
export function beginLog(level: LogLevel): Logger {
  const logger = createLogger(level);
  logger.info({ version, node: process.versions.node }, "Medoid starts");
  return logger;
}

/** The one line of a request. Those of health checks and scrapes are many and the same: for debugging only. */
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
