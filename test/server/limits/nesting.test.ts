import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, openFixture } from "../../fixtures.js";
import { answerOf, type LimitedServer, serveLimited } from "./limitedServer.js";

let fixture: Fixture;
let server: LimitedServer;
beforeAll(async () => {
  fixture = await openFixture();
  server = await serveLimited(fixture, { limitNesting: 10 });
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await server.stop(0);
  await fixture.close();
});

/** Lists and objects in turn. */
const nested = (levels: number) => {
  const opening = Array.from({ length: levels }, (_, i) => (i % 2 ? '{"a":' : "["));
  const closing = Array.from({ length: levels }, (_, i) => (i % 2 ? "}" : "]")).reverse();
  return `${opening.join("")}1${closing.join("")}`;
};
const refused = [400, { code: "REQUEST_LIMIT", limit: "NESTING", maximum: 10 }];

test.each([
  ["variables", 10, (json: string) => `{"query":"{ __typename }","variables":${json}}`],
  ["extensions", 10, (json: string) => `{"query":"{ __typename }","extensions":${json}}`],
])("%s may be nested up to the limit", async (_, maximum, body) => {
  // An object, of as many levels: what is sent must be one.
  const object = (levels: number) => `{"a":${nested(levels - 1)}}`;
  const within = await server.post(body(object(maximum)));
  expect([within.status, within.json.data]).toEqual([200, { __typename: "Query" }]);
  for (const levels of [maximum + 1, 5_000, 15_000]) {
    const before = server.rejections.count("NESTING");
    const { status, refusal } = await server.post(body(object(levels)));
    expect([status, refusal]).toEqual(refused);
    expect(server.rejections.count("NESTING")).toBe(before + 1);
  }
});

test("the name of an operation is no place to nest in either, nor is a GET", async () => {
  const { status, refusal } = await server.post(
    `{"query":"{ __typename }","operationName":${nested(5_000)}}`,
  );
  expect([status, refusal.code]).toEqual([400, expect.stringMatching(/REQUEST_LIMIT|INVALID_INPUT/)]);
  const url = new URL("/graphql", server.address);
  url.searchParams.set("query", "{ __typename }");
  url.searchParams.set("variables", `{"a":${nested(1_000)}}`);
  const answer = await answerOf(
    await fetch(url, {
      headers: { "x-graphql-require-preflight": "1", accept: "application/graphql-response+json" },
    }),
  );
  expect([answer.status, answer.refusal]).toEqual(refused);
});

test("a recording is not near it", () => {
  // input, runs, run, invocations, invocation, embeddings, embedding, vector
  expect(fixture.app.settings.limitNesting).toBeGreaterThan(3 * 8);
});
