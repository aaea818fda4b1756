import { expect, test } from "vitest";
import { Failure } from "../../web/client/failure.js";
import { mayPass, retrySeconds } from "../../web/client/retry.js";

test("a request is sent again when the server says, or after longer and longer times, unless it would only fail again", () => {
  const limited = new Failure("Too much.", "RATE_LIMITED", 17);
  const away = new Failure("Not now.", "DATABASE_UNAVAILABLE", null, true);
  const wrong = new Failure("There is no such field.", "INVALID_INPUT");
  const attempts = [1, 2, 3, 4, 5, 100];
  expect(attempts.map((attempt) => retrySeconds(limited, attempt))).toEqual(attempts.map(() => 17));
  expect(attempts.map((attempt) => retrySeconds(away, attempt))).toEqual([5, 10, 20, 40, 60, 60]);
  expect(attempts.map((attempt) => retrySeconds(wrong, attempt))).toEqual(attempts.map(() => null));
});

test("a failure is temporary if its status, its code or the server says so, but never if the request exceeds a limit", () => {
  for (const status of [502, 503, 504]) {
    expect(mayPass(status, null, null)).toBe(true);
    expect(mayPass(status, "INTERNAL_SERVER_ERROR", null)).toBe(true);
    expect(mayPass(status, "REQUEST_LIMIT", null)).toBe(false);
  }
  for (const status of [null, 200, 400, 500]) {
    expect(mayPass(status, "DATABASE_UNAVAILABLE", null)).toBe(true);
    expect(mayPass(status, "RATE_LIMITED", 17)).toBe(true);
    expect(mayPass(status, "INVALID_INPUT", null)).toBe(false);
    expect(mayPass(status, null, null)).toBe(false);
  }
});
