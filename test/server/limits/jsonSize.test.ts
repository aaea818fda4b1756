import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { limitJson, weightOfContainer } from "../../../src/server/limits/jsonSize.js";
import { Rejections, refuseWith } from "../../../src/server/limits/rejections.js";
import { readSettings } from "../../../src/settings.js";
import { type Fixture, openFixture, uuid } from "../../fixtures.js";
import { connect } from "../webSockets/socketClient.js";
import { jsonResponse, type LimitedServer, serveLimited } from "./limitedServer.js";

let fixture: Fixture;
let server: LimitedServer;
beforeAll(async () => {
  fixture = await openFixture();
  server = await serveLimited(fixture, { limitNesting: 10, limitValues: 1_000 });
});
afterEach(() => expect(fixture.internalErrors).toEqual([]));
afterAll(async () => {
  await server.stop(0);
  await fixture.close();
});

const byGet = async (variables: string) => {
  const url = new URL("/graphql", server.address);
  url.searchParams.set("query", "{ __typename }");
  url.searchParams.set("variables", variables);
  const headers = { "x-graphql-require-preflight": "1", accept: "application/graphql-response+json" };
  return jsonResponse(await fetch(url, { headers }));
};

describe("levels", () => {
  /** Lists and objects in alternation. */
  const nested = (levels: number) => {
    const opening = Array.from({ length: levels }, (_, i) => (i % 2 ? '{"a":' : "["));
    const closing = Array.from({ length: levels }, (_, i) => (i % 2 ? "}" : "]")).reverse();
    return `${opening.join("")}1${closing.join("")}`;
  };
  /** An object of the given number of levels: a body must be an object. */
  const object = (levels: number) => `{"a":${nested(levels - 1)}}`;
  const refused = [400, { code: "REQUEST_LIMIT", limit: "NESTING", maximum: 10 }];

  test.each([
    ["variables", (json: string) => `{"query":"{ __typename }","variables":${json}}`],
    ["extensions", (json: string) => `{"query":"{ __typename }","extensions":${json}}`],
  ])("of %s are limited", async (_, body) => {
    const within = await server.post(body(object(10)));
    expect([within.status, within.json.data]).toEqual([200, { __typename: "Query" }]);
    for (const levels of [11, 5_000, 15_000]) {
      const before = server.rejections.count("NESTING");
      const { status, refusal } = await server.post(body(object(levels)));
      expect([status, refusal]).toEqual(refused);
      expect(server.rejections.count("NESTING")).toBe(before + 1);
    }
  });

  test("of an operation's name are limited too, as are those of a GET", async () => {
    const { status, refusal } = await server.post(
      `{"query":"{ __typename }","operationName":${nested(5_000)}}`,
    );
    expect([status, refusal]).toEqual(refused);
    expect((await byGet(object(10))).status).toBe(200);
    const response = await byGet(object(1_000));
    expect([response.status, response.refusal]).toEqual(refused);
  });

  test("of a recording are far from the limit", () => {
    // input, runs, run, invocations, invocation, embeddings, embedding, vector
    expect(readSettings({}).limitNesting).toBeGreaterThan(3 * 8);
  });
});

describe("values", () => {
  const refused = { code: "REQUEST_LIMIT", limit: "VALUES", maximum: 1_000 };
  const recording = `mutation($input: RecordTrajectoriesInput!) {
    recordTrajectories(input: $input) { ... on RecordedTrajectories { runCount } }
  }`;
  const run = { id: uuid("Run", 0), network: ["a"], initialPrompt: "p", invocations: [] };
  const many = <Value>(value: Value) => Array<Value>(1_500).fill(value);
  const vector = (floats: number[]) => [{ embeddingModel: "words", vector: { floats } }];

  test.each<[string, object]>([
    ["a long network", { input: { runs: [{ ...run, network: many("a") }] } }],
    ["many runs", { input: { runs: Array(70).fill(run) } }],
    ["many runs of a wrong type", { input: { runs: many({ id: [] }) } }],
    ["many variables that are not used", { input: { runs: [run] }, ...many(1) }],
    ["a long variable that is not used", { input: { runs: [run] }, other: many(0.5) }],
    [
      "a long vector",
      {
        input: {
          runs: [
            {
              ...run,
              invocations: [{ sequenceNumber: 0, model: "a", type: "TEXT", embeddings: vector(many(0.5)) }],
            },
          ],
        },
      },
    ],
  ])("are limited, before any is looked at: %s", async (_, variables) => {
    const before = server.rejections.count("VALUES");
    fixture.statements.length = 0;
    const { status, json, refusal } = await server.post({ query: recording, variables });
    expect([status, refusal]).toEqual([400, refused]);
    expect(json.errors[0].message).toMatch(/more than 1000 values.* Send vectors as base64/);
    expect(json).not.toHaveProperty("data");
    expect(server.rejections.count("VALUES")).toBe(before + 1);
    expect(fixture.statements).toEqual([]);
    expect(await fixture.prisma.run.count()).toBe(0);
  });

  test("are limited in every way to send them", async () => {
    const variables = JSON.stringify({ a: many(1) });
    expect((await byGet(variables)).refusal).toEqual(refused);
    const form = new URLSearchParams({ query: "{ __typename }", variables }).toString();
    const type = { "content-type": "application/x-www-form-urlencoded", "apollo-require-preflight": "1" };
    expect((await server.post(form, type)).refusal).toEqual(refused);
    const client = await connect(server.address);
    const operation = { query: "{ __typename }", variables: { a: many(1) } };
    expect(await client.subscribe(operation)).toMatchObject({
      type: "error",
      payload: [{ extensions: refused }],
    });
    expect((await client.subscribe({ query: "{ __typename }" })).type).toBe("next"); // on the same connection
    client.socket.terminate();
  });

  /** Counts each list or object, and its elements except the first. */
  const valuesOf = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 0;
    const within = Object.values(value);
    return (
      weightOfContainer +
      Math.max(0, within.length - 1) +
      within.reduce<number>((sum, each) => sum + valuesOf(each), 0)
    );
  };
  const levelsOf = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(levelsOf)) : 0;

  test("have the same count from the bytes as from the values", () => {
    const refuse = refuseWith(new Rejections());
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        const json = Buffer.from(JSON.stringify(value, null, indent));
        const limits = { nesting: levelsOf(value), values: valuesOf(value) };
        limitJson(limits, refuse)(json, 0);
        if (limits.values === 0) return;
        expect(() => limitJson({ ...limits, values: limits.values - 1 }, refuse)(json, 0)).toThrow("values");
        expect(() => limitJson({ ...limits, nesting: limits.nesting - 1 }, refuse)(json, 0)).toThrow("deep");
      }),
    );
  });

  test("of a vector in base64 count as one, so that an ordinary recording is far from the limit", async () => {
    const components = Float32Array.from({ length: 768 }, (_, i) => i + 1);
    const base64 = Buffer.from(components.buffer).toString("base64");
    const invocations = (count: number, vector: object) =>
      Array.from({ length: count }, (_, sequenceNumber) => ({
        sequenceNumber,
        model: "a",
        type: "TEXT",
        embeddings: [{ embeddingModel: "words", vector }],
      }));
    const input = (count: number, vector: object) => ({
      input: { runs: [{ ...run, invocations: invocations(count, vector) }] },
    });
    const open = await serveLimited(fixture);
    const { json } = await open.post({ query: recording, variables: input(1_600, { base64 }) });
    expect(json.data).toEqual({ recordTrajectories: { runCount: 1 } });
    expect(await fixture.prisma.embedding.count()).toBe(1_600);
    const floats = await open.post({
      query: recording,
      variables: input(360, { floats: [...components] }),
    });
    expect(floats.json.data).toEqual({ recordTrajectories: { runCount: 0 } });
    const tooMany = await open.post({
      query: recording,
      variables: input(400, { floats: [...components] }),
    });
    expect(tooMany.refusal).toMatchObject({ limit: "VALUES", maximum: 300_000 });
    await open.stop(0);
  });
});
