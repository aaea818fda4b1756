import { type DestinationStream, type Logger, pino } from "pino";
import { errorFields } from "./errorFields.js";
import { version } from "./version.js";

/** Writes one line of JSON for each event, on stderr: stdout is for what a command prints. */
export function createLogger(level: string, destination: DestinationStream = pino.destination(2)): Logger {
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
export function beginLog(level: string): Logger {
  const logger = createLogger(level);
  logger.info({ version, node: process.versions.node }, "Medoid starts");
  return logger;
}
