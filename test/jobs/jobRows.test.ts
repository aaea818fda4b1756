import { afterEach, beforeEach, expect, test } from "vitest";
import { createJobRows, type JobCandidate, type JobRows } from "../../src/jobs/queue/jobRows.js";
import { type Fixture, openFixture, uuid, writeQueuedClustering, writeRuns } from "../fixtures.js";

const id = uuid("ClusteringResult", 0);
const begun = Date.parse("2026-01-01T00:00:00Z");

let fixture: Fixture;
let milliseconds: number;
/** Two processes on one database. */
let [one, other]: JobRows[] = [];

beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
  await writeQueuedClustering(fixture, 0);
  milliseconds = 0;
  [one, other] = ["one", "other"].map((owner) => {
    const handlers = new Map([["clustering", { kind: "clustering", writeMove: async () => {} }]]) as never;
    const options = {
      handlers,
      owner,
      leaseMilliseconds: 1000,
      maxAttempts: 3,
      now: () => begun + milliseconds,
    };
    return createJobRows(fixture.app.database, options);
  });
});
afterEach(() => fixture.close());

const found = async () => (await one.find(id)) as JobCandidate;
async function claimed(rows: JobRows) {
  const job = await rows.claim(await found());
  if (!job) throw new Error("not claimed");
  return job;
}

test("of two processes that compete for a job, one gets it", async () => {
  const seen = await found();
  expect(seen).toMatchObject({ id, kind: "clustering", status: "QUEUED", attempt: 0, leaseOwner: null });
  const claims = await Promise.all([one.claim(seen), other.claim(seen)]);
  expect(claims.filter((claim) => claim === null)).toHaveLength(1);
  expect(claims.find((claim) => claim !== null)).toEqual({
    id,
    kind: "clustering",
    subjectId: id,
    attempt: 1,
    handedBack: 0,
  });
  expect(await found()).toMatchObject({
    status: "RUNNING",
    attempt: 1,
    leaseOwner: claims[0] ? "one" : "other",
    leaseExpiresAt: new Date(begun + 1000),
  });
});

test("a job is taken over once its lease has expired, and no sooner", async () => {
  const job = await claimed(one);
  milliseconds = 500;
  expect(await one.renewLease(job)).toBe(true);
  milliseconds = 1500;
  expect(other.isClaimable(await found())).toBe(false);
  expect(await other.oldest([])).toBeNull();
  expect(await other.claim(await found())).toBeNull();
  milliseconds = 1501;
  expect(other.isClaimable(await found())).toBe(true);
  expect(await other.oldest([])).toMatchObject({ id });
  expect(await other.oldest([id])).toBeNull();
  expect(await other.claim(await found())).toMatchObject({ attempt: 2 });
});

test("an attempt whose job was taken over neither renews its lease nor ends it", async () => {
  const first = await claimed(one);
  milliseconds = 1001;
  const second = await claimed(other);
  const before = await found();
  expect(await one.renewLease(first)).toBe(false);
  expect(await one.renewLease(second)).toBe(false); // another process's
  expect(await one.endAttempt(first, { status: "QUEUED", handedBack: true })).toBe(false);
  expect(await one.endAttempt(first, { status: "FAILED", code: "X", message: "x" })).toBe(false);
  expect(await found()).toEqual(before);
  expect(await other.endAttempt(second, { status: "FAILED", code: "X", message: "x" })).toBe(true);
  expect(await found()).toMatchObject({ status: "FAILED", leaseOwner: null, leaseExpiresAt: null });
  expect(other.isClaimable(await found())).toBe(false);
  expect(await other.claim(await found())).toBeNull();
  expect(await one.unfinished()).toEqual([]);
});

test("attempts that end without a result are counted up to three, not counting those that were handed back", async () => {
  for (const handedBack of [true, false, true, false, false]) {
    const candidate = await found();
    expect(await one.failIfSpent(candidate)).toBeNull();
    const job = await claimed(one);
    expect(one.isSuspect(job)).toBe(true);
    expect(await one.endAttempt(job, { status: "QUEUED", handedBack })).toBe(true);
    expect(await found()).toMatchObject({ status: "QUEUED", leaseOwner: null, leaseExpiresAt: null });
  }
  const spent = await found();
  expect([spent.attempt, spent.handedBack]).toEqual([5, 2]);
  expect(await one.claim(spent)).toBeNull();
  expect(await one.failIfSpent(spent)).toBe(
    "It was taken up 3 times, and each time its worker ended without a result.",
  );
  expect(await found()).toMatchObject({ status: "FAILED", attempt: 5 });
  expect(await one.failIfSpent(spent)).toBeNull(); // it has failed
});

test("a failed attempt is repeated until three have failed", async () => {
  const job = { id, kind: "clustering", subjectId: id, attempt: 3, handedBack: 1 };
  expect(one.isSuspect({ attempt: 1, handedBack: 1 } as JobCandidate)).toBe(false);
  expect(one.afterFailure(job, "out of memory")).toEqual({ status: "QUEUED", handedBack: false });
  expect(one.afterFailure({ ...job, handedBack: 0 }, "out of memory")).toEqual({
    status: "FAILED",
    code: "ATTEMPTS_SPENT",
    message: "It was tried 3 times; the last time it failed with: out of memory",
  });
});
