import { expect, test } from "vitest";
import { crossSiteRefusal } from "../../../src/server/browsers/crossSiteRequests.js";

const header = "x-graphql-require-preflight";

test.each([
  ["GET", { [header]: "1" }],
  ["GET", { "apollo-require-preflight": "1" }],
  ["GET", { "content-type": "application/json" }],
  ["POST", { "content-type": "application/json" }],
  ["POST", { "content-type": "Application/JSON; charset=utf-8" }],
  ["POST", { "content-type": "text/plain", [header]: "1" }],
  ["GET", { authorization: "Bearer x" }],
  ["GET", { "sec-fetch-site": "same-origin" }],
  ["GET", { "sec-fetch-site": "none" }],
  ["GET", { origin: "https://app.example.org", "sec-fetch-site": "cross-site" }],
])("%s with %j no page of another site could have sent", (method, headers) => {
  expect(crossSiteRefusal(method, headers, ["https://app.example.org"])).toBeNull();
});

test("the refusal says what to send instead", () => {
  expect(crossSiteRefusal("GET", {})?.message).toMatch(
    /POST request with the Content-Type application\/json .*, or the header x-graphql-require-preflight/,
  );
});

test.each([
  ["GET", {}],
  ["GET", { [header]: "" }],
  ["GET", { "content-type": "text/plain" }],
  ["GET", { "content-type": "text/plain", [header]: "1" }],
  // Browsers add what a name and a password in an address, or a login, stand for.
  ["GET", { authorization: "Basic YTpi" }],
  ["GET", { authorization: "Negotiate YII=" }],
  ["GET", { authorization: "Bearer " }],
  ["GET", { "sec-fetch-site": "same-site" }],
  ["GET", { "sec-fetch-site": "cross-site" }],
  ["GET", { "sec-fetch-site": "same-origin, cross-site" }],
  ["GET", { "sec-fetch-mode": "cors" }],
  ["GET", { origin: "https://app.example.org.evil.example" }],
  ["GET", { origin: "null" }],
  ["POST", { authorization: "Basic YTpi", "content-type": "text/plain" }],
  ["POST", {}],
  ["POST", { [header]: "" }],
  ["POST", { "content-type": "text/plain" }],
  ["POST", { "content-type": "text/plain; application/json" }],
  ["POST", { "content-type": "TEXT/PLAIN;x=application/json" }],
  ["POST", { "content-type": "application/x-www-form-urlencoded" }],
  ["POST", { "content-type": "multipart/form-data; boundary=application/json" }],
  ["POST", { "content-type": "" }],
])("%s with %j is refused", (method, headers) => {
  expect(crossSiteRefusal(method, headers, ["https://app.example.org"])?.status).toBeGreaterThanOrEqual(400);
});
