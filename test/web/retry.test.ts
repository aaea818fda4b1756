import { expect, test } from "vitest";
import { Failure } from "../../web/client/failure.js";
import { retrySeconds } from "../../web/client/retry.js";

test("a request is sent again when the server says, or after longer and longer times, unless it would only fail again", () => {
  const limited = new Failure("Too much.", "RATE_LIMITED", 17);
  const away = new Failure("Not now.", "DATABASE_UNAVAILABLE", null, true);
  const wrong = new Failure("There is no such field.", "INVALID_INPUT");
  const attempts = [1, 2, 3, 4, 5, 100];
  expect(attempts.map((attempt) => retrySeconds(limited, attempt))).toEqual(attempts.map(() => 17));
  expect(attempts.map((attempt) => retrySeconds(away, attempt))).toEqual([5, 10, 20, 40, 60, 60]);
  expect(attempts.map((attempt) => retrySeconds(wrong, attempt))).toEqual(attempts.map(() => null));
});
