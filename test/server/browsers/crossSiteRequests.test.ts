import { expect, test } from "vitest";
import { crossSiteRefusal } from "../../../src/server/browsers/crossSiteRequests.js";

const header = "x-graphql-require-preflight";
const fromElsewhere = `A page of another site could have sent this. Send a POST request with the Content-Type application/json (in urql: preferGetMethod: false), or the header ${header} with any value (in urql: fetchOptions: { headers: { "${header}": "1" } }).`;

test.each([
  ["GET", { [header]: "1" }],
  ["GET", { "apollo-require-preflight": "1" }],
  ["GET", { "x-apollo-operation-name": "Walk" }],
  ["GET", { "content-type": "application/json" }],
  ["POST", { "content-type": "application/json" }],
  ["POST", { "content-type": "Application/JSON; charset=utf-8" }],
  ["POST", { "content-type": "text/plain", [header]: "1" }],
  ["GET", { authorization: "Bearer x" }],
  ["GET", { authorization: " bearer \t x" }],
  ["GET", { "sec-fetch-site": "same-origin" }],
  ["GET", { "sec-fetch-site": "none" }],
  ["GET", { origin: "https://app.example.org", "sec-fetch-site": "cross-site" }],
])("%s with %j: no page of another site could have sent it", (method, headers) => {
  expect(crossSiteRefusal(method, headers, ["https://app.example.org"])).toBeNull();
});

test("the refusal says what to send instead", () => {
  expect(crossSiteRefusal("GET", {})).toEqual({
    status: 400,
    extensions: { code: "INVALID_INPUT" },
    message: fromElsewhere,
  });
});

test.each([
  ["GET", {}],
  ["GET", { [header]: "" }],
  // Browsers add the Authorization header if the URL has a name and a password, or after a login.
  ["GET", { authorization: "Basic YTpi" }],
  ["GET", { authorization: "Negotiate YII=" }],
  ["GET", { authorization: "Bearer " }],
  ["GET", { authorization: "Basic YTpi, Bearer x" }],
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
  expect(crossSiteRefusal(method, headers, ["https://app.example.org"])).toEqual({
    status: 400,
    extensions: { code: "INVALID_INPUT" },
    message: fromElsewhere,
  });
});

test.each([
  ["GET", "text/plain", "A GET request has no Content-Type, or application/json."],
  ["GET", "nonsense", "A GET request has no Content-Type, or application/json."],
  ["HEAD", "text/plain", "A GET request has no Content-Type, or application/json."],
  ["POST", "nonsense", "The Content-Type is not a media type."],
])("%s with the Content-Type %s is refused whatever other headers it has", (method, type, message) => {
  const headers = { "content-type": type, authorization: "Bearer x", [header]: "1" };
  expect(crossSiteRefusal(method, headers)).toEqual({
    status: 415,
    extensions: { code: "INVALID_INPUT" },
    message,
  });
});
