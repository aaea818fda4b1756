import { expect, test } from "vitest";
import { retry } from "../../src/runtime/retry.js";

class Passing extends Error {}
const whilePassing = {
  while: (error: unknown) => error instanceof Passing,
  pauses: { first: 1, longest: 4 },
};

/** Work that fails with each of the errors, and then returns "done". */
function failing(errors: Error[]) {
  const attempts = { count: 0 };
  const work = async () => {
    const error = errors[attempts.count++];
    if (error) throw error;
    return "done";
  };
  return { attempts, work };
}

test("work is repeated while its errors are temporary, and each error is reported", async () => {
  const errors = [new Passing("1"), new Passing("2"), new Passing("3")];
  const { attempts, work } = failing(errors);
  const reported: unknown[] = [];
  expect(await retry(work, { ...whilePassing, onRetry: (error) => reported.push(error) })).toBe("done");
  expect(attempts.count).toBe(4);
  expect(reported).toEqual(errors);
});

test("any other error is thrown at once, and not reported", async () => {
  const other = new Error("other");
  const { attempts, work } = failing([new Passing(), other]);
  const reported: unknown[] = [];
  await expect(retry(work, { ...whilePassing, onRetry: (error) => reported.push(error) })).rejects.toBe(
    other,
  );
  expect(attempts.count).toBe(2);
  expect(reported).toHaveLength(1);
});

test("when the time is over, the last error is thrown", async () => {
  const errors = Array.from({ length: 1000 }, (_, n) => new Passing(String(n)));
  const { attempts, work } = failing(errors);
  const thrown = await retry(work, { ...whilePassing, until: 20 }).catch((error) => error);
  expect(attempts.count).toBeGreaterThan(1);
  expect(thrown).toBe(errors[attempts.count - 1]);
});

test("a signal ends a pause with its reason, and no further attempt begins", async () => {
  const stop = new AbortController();
  const reason = new Error("stopped");
  const { attempts, work } = failing([new Passing(), new Passing()]);
  const retried = retry(work, {
    while: () => true,
    pauses: { first: 3_600_000, longest: 3_600_000 },
    signal: stop.signal,
    onRetry: () => setImmediate(() => stop.abort(reason)),
  });
  await expect(retried).rejects.toBe(reason);
  expect(attempts.count).toBe(1);
});

test("with an aborted signal nothing begins, and one that aborts during the work replaces its error", async () => {
  const reason = new Error("stopped");
  const { attempts, work } = failing([]);
  const aborted = { ...whilePassing, signal: AbortSignal.abort(reason) };
  await expect(retry(work, aborted)).rejects.toBe(reason);
  expect(attempts.count).toBe(0);

  const stop = new AbortController();
  const stopped = retry(
    async () => {
      stop.abort(reason);
      throw new Error("of the work");
    },
    { ...whilePassing, signal: stop.signal },
  );
  await expect(stopped).rejects.toBe(reason);
});
