import type { Logger } from "pino";
import { asUnavailable, DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import { errorLine } from "../../runtime/errorFields.js";

const sameFailureMilliseconds = 30_000;
/**
 * Of several uses at a time, some may fail and others not: the database counts as available again after this
 * time, in milliseconds, without a failure.
 */
const quietMilliseconds = 2_500;
const lost = "The queue cannot use the database now, and tries again";
const back = "The queue can use the database again";

export interface FailureReport {
  /** Reports a failure; the work that failed is retried. */
  report(error: unknown): void;
  /** Reports that the queue has used the database successfully. */
  worked(): void;
}

/**
 * Logs that the database cannot be used: one line when it is lost, a reminder at intervals, and one line when
 * it is available again. A failure for another reason is logged as one line, and repeated at most at the same
 * intervals.
 */
export function createFailureReport(logger?: Logger): FailureReport {
  /** The time at which each reason was last logged. */
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
