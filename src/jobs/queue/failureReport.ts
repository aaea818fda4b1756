import type { Logger } from "pino";
import { asUnavailable, DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import { errorLine } from "../../runtime/errorFields.js";

const sameFailureMilliseconds = 30_000;
/** Of several uses at a time some may fail and some not: it is back once none has failed for this long. */
const quietMilliseconds = 2_500;
const lost = "The queue cannot use the database now, and tries again";
const back = "The queue can use the database again";

export interface FailureReport {
  /** Something failed, and is tried again. */
  report(error: unknown): void;
  /** The queue has used the database. */
  worked(): void;
}

/**
 * Logs that the database cannot be used: one line when it is lost, a reminder once in a while, and one line when it is
 * back. Of a failure for another reason one line, and the same one once in a while.
 */
export function createFailureReport(logger?: Logger): FailureReport {
  /** When each reason was logged. */
  const logged = new Map<string, number>();
  let outage: { since: number; failedAt: number } | undefined;

  const sayLost = (reason: string) =>
    logger ? logger.error({ reason }, lost) : console.error(`${lost}: ${reason}`);
  const sayBack = (seconds: number) =>
    logger ? logger.info({ seconds }, back) : console.error(`${back}, after ${seconds} s`);

  return {
    report(error) {
      const now = performance.now();
      const isOutage = asUnavailable(error) instanceof DatabaseUnavailableError;
      if (isOutage) outage = { since: outage?.since ?? now, failedAt: now };
      const reason = errorLine(error);
      const key = isOutage ? "outage" : reason;
      if (now - (logged.get(key) ?? -Infinity) < sameFailureMilliseconds) return;
      logged.set(key, now);
      sayLost(reason);
    },
    worked() {
      const now = performance.now();
      if (!outage || now - outage.failedAt < quietMilliseconds) return;
      sayBack(Math.round((now - outage.since) / 1000));
      outage = undefined;
      logged.delete("outage");
    },
  };
}
