import pg from "pg";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createFailureReport } from "../../src/jobs/queue/failureReport.js";
import { createLogger } from "../../src/runtime/logger.js";

/** An error as node-postgres throws it, with the client on which it occurred. */
function lostConnection() {
  const client = new pg.Client({ connectionString: "postgresql://medoid:sesame@127.0.0.1/medoid" });
  return Object.assign(new Error("terminating connection"), { code: "57P01", client });
}

/** What a report writes to a log; the test sets the times. */
function reportTo(lines: string[]) {
  return createFailureReport(createLogger("info", { write: (line) => void lines.push(line) }));
}

describe("a report that the queue cannot use the database", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const brief = (lines: string[]) =>
    lines.map((line) => {
      const { level, msg, reason, seconds } = JSON.parse(line);
      return [level, msg, reason ?? seconds];
    });
  const lost = "The queue cannot use the database now, and tries again";
  const back = "The queue can use the database again";

  test("is one line when the connection is lost, a reminder every half minute, and one line when it is back", () => {
    const lines: string[] = [];
    const { report, worked } = reportTo(lines);
    for (let second = 0; second < 40; second++) {
      report(second % 2 ? lostConnection() : Object.assign(new Error("connect"), { code: "ECONNREFUSED" }));
      vi.advanceTimersByTime(1_000);
    }
    vi.advanceTimersByTime(5_000);
    worked();
    worked();
    expect(brief(lines)).toEqual([
      [50, lost, "connect (ECONNREFUSED)"],
      [50, lost, "connect (ECONNREFUSED)"],
      [30, back, 45],
    ]);
    report(lostConnection());
    expect(brief(lines).slice(3)).toEqual([[50, lost, "terminating connection (57P01)"]]);
    for (const line of lines) expect(line).toMatch(/^\{.{1,200}\}\n$/);
  });

  test("does not end as long as some of the users of the connection fail", () => {
    const lines: string[] = [];
    const { report, worked } = reportTo(lines);
    for (let second = 0; second < 20; second++) {
      report(Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" }));
      vi.advanceTimersByTime(500);
      worked();
      vi.advanceTimersByTime(500);
      worked();
    }
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(5_000);
    worked();
    expect(brief(lines)[1]).toEqual([30, back, 25]);
  });

  test("for another reason is one line for each reason, without a line when it is over", () => {
    const lines: string[] = [];
    const { report, worked } = reportTo(lines);
    report(new Error("one"));
    report(new Error("another", { cause: lostConnection() }));
    report(new Error("one"));
    vi.advanceTimersByTime(10_000);
    worked();
    expect(brief(lines)).toEqual([
      [50, lost, "one"],
      [50, lost, "another: terminating connection (57P01)"],
    ]);
  });

  test("is one line on stderr if there is no log", () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    try {
      const { report, worked } = createFailureReport();
      report(lostConnection());
      vi.advanceTimersByTime(5_000);
      worked();
      expect(printed.mock.calls).toEqual([
        [`${lost}: terminating connection (57P01)`],
        [`${back}, after 5 s`],
      ]);
    } finally {
      printed.mockRestore();
    }
  });
});

test("an error in a log has its stack and its cause, but no client", () => {
  const lines: string[] = [];
  const logger = createLogger("error", { write: (line) => lines.push(line) });
  logger.error({ err: new Error("Away", { cause: lostConnection() }) }, "internal error");
  const { err } = JSON.parse(lines[0]);
  expect(err).toEqual({
    type: "Error",
    message: "Away",
    stack: expect.stringContaining("failureReport.test"),
    cause: {
      type: "Error",
      message: "terminating connection",
      code: "57P01",
      stack: expect.any(String),
    },
  });
  expect(lines[0]).not.toMatch(/sesame|client/);
});
