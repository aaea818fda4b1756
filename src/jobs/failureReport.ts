import type { Logger } from "pino";
import { errorLine } from "../operation/errorFields.js";

const sameFailureMilliseconds = 30_000;
const message = "The queue cannot use the database now, and tries again";

/** Tells that the database could not be used and is tried again: in one line, and the same failure once in a while. */
export function createFailureReport(logger?: Logger): (error: unknown) => void {
  let told: { reason: string; at: number } | undefined;
  return (error) => {
    const reason = errorLine(error);
    if (told?.reason === reason && performance.now() - told.at < sameFailureMilliseconds) return;
    told = { reason, at: performance.now() };
    if (logger) logger.error({ reason }, message);
    else console.error(`${message}: ${reason}`);
  };
}
