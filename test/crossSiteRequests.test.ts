import { expect, test } from "vitest";
import { crossSiteRefusal } from "../src/crossSiteRequests.js";

const header = "x-graphql-require-preflight";

test.each([
  ["GET", { [header]: "1" }],
  ["GET", { "apollo-require-preflight": "1" }],
  ["GET", { "content-type": "application/json" }],
  ["POST", { "content-type": "application/json" }],
  ["POST", { "content-type": "Application/JSON; charset=utf-8" }],
  ["POST", { "content-type": "text/plain", [header]: "1" }],
])("%s with %j no page of another site could have sent", (method, headers) => {
  expect(crossSiteRefusal(method, headers)).toBeNull();
});

test.each([
  ["GET", {}],
  ["GET", { [header]: "" }],
  ["GET", { "content-type": "text/plain" }],
  ["GET", { "content-type": "text/plain", [header]: "1" }],
  ["POST", {}],
  ["POST", { [header]: "" }],
  ["POST", { "content-type": "text/plain" }],
  ["POST", { "content-type": "text/plain; application/json" }],
  ["POST", { "content-type": "TEXT/PLAIN;x=application/json" }],
  ["POST", { "content-type": "application/x-www-form-urlencoded" }],
  ["POST", { "content-type": "multipart/form-data; boundary=application/json" }],
  ["POST", { "content-type": "" }],
])("%s with %j is refused", (method, headers) => {
  expect(crossSiteRefusal(method, headers)?.status).toBeGreaterThanOrEqual(400);
});
