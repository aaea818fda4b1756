import pg from "pg";
import { describe, expect, test, vi } from "vitest";
import { createFailureReport } from "../../src/jobs/failureReport.js";
import { createLogger } from "../../src/operation/requestLog.js";

/** As node-postgres gives it, with the client that it happened to. */
function lostConnection() {
  const client = new pg.Client({ connectionString: "postgresql://medoid:sesame@127.0.0.1/medoid" });
  return Object.assign(new Error("terminating connection"), { code: "57P01", client });
}

describe("that the queue cannot use the database", () => {
  test("is one line of JSON in a log, with the message and the code alone", () => {
    const lines: string[] = [];
    const report = createFailureReport(createLogger("error", { write: (line) => lines.push(line) }));
    report(lostConnection());
    report(lostConnection());
    report(new Error("Another", { cause: lostConnection() }));
    expect(lines.map((line) => JSON.parse(line).reason)).toEqual([
      "terminating connection (57P01)",
      "Another: terminating connection (57P01)",
    ]);
    for (const line of lines) expect(line).toMatch(/^\{.{1,200}\}\n$/);
  });

  test("is one line on stderr where there is no log", () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    try {
      createFailureReport()(lostConnection());
      expect(printed.mock.calls).toEqual([
        ["The queue cannot use the database now, and tries again: terminating connection (57P01)"],
      ]);
    } finally {
      printed.mockRestore();
    }
  });
});

test("an error in a log has its stack and its cause, and no client", () => {
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
