import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, openFixture } from "../fixtures.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS "count" FROM n`;

test("a long read does not block the server's thread, and ends at once when its request is aborted", async () => {
  const { longReads } = fixture.app.database;
  let ticks = 0;
  const clock = setInterval(() => ticks++, 5);
  const reason = new Error("enough");
  // More than there are connections: those that wait end too.
  const reads = Array.from({ length: 8 }, () => {
    const waits = new AbortController();
    setTimeout(() => waits.abort(reason), 200);
    return longReads.query(endless, [], waits.signal);
  });
  for (const { status, ...outcome } of await Promise.allSettled(reads)) {
    expect(status).toBe("rejected");
    expect(outcome).toEqual({ reason });
  }
  clearInterval(clock);
  expect(ticks).toBeGreaterThan(2); // about 40 on an otherwise idle machine
  const [text, number] = [1, 2].map(fixture.app.database.dialect.placeholder);
  const rows = await longReads.query(
    `SELECT CAST(${text} AS TEXT) AS "text", CAST(${number} AS INTEGER) AS "number"`,
    ["a", 1],
  );
  expect(rows).toEqual([{ text: "a", number: 1 }]);
});

test("a long read ends whenever it is aborted, also before it has begun", async () => {
  const { longReads } = fixture.app.database;
  for (let n = 0; n < 60; n++) {
    const waits = new AbortController();
    const reading = longReads.query(endless, [], waits.signal);
    const abort = () => waits.abort(new Error(`enough ${n}`));
    if (n % 3 === 0) abort();
    else if (n % 3 === 1) setImmediate(abort);
    else setTimeout(abort, n % 10);
    await expect(reading).rejects.toThrow(`enough ${n}`);
  }
});

test("a long read that fails returns its connection", async () => {
  const { longReads } = fixture.app.database;
  for (let n = 0; n < 5; n++) await expect(longReads.query("SELECT missing", [])).rejects.toThrow(/missing/);
  expect(await longReads.query(`SELECT 1 AS "one"`, [])).toEqual([{ one: 1 }]);
  await expect(longReads.query(endless, [], AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
});
