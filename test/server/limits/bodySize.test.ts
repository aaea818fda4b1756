import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApiKey } from "../../../src/server/access/apiKeys.js";
import { type Fixture, openFixture, uuid } from "../../fixtures.js";
import { type JsonResponse, type LimitedServer, serveLimited } from "./limitedServer.js";

let fixture: Fixture;
let server: LimitedServer;
beforeAll(async () => {
  fixture = await openFixture();
  server = await serveLimited(fixture);
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await server.stop(0);
  await fixture.close();
});

const recording = `mutation Record($input: RecordTrajectoriesInput!) {
  recordTrajectories(input: $input) { ... on RecordedTrajectories { runCount } }
}`;
const input = { runs: [{ id: uuid("Run", 0), network: ["a"], initialPrompt: "p", invocations: [] }] };
const tooLarge = (maximum: number, actual?: number) => ({
  code: "REQUEST_LIMIT",
  limit: "BODY_BYTES",
  maximum,
  ...(actual !== undefined && { actual }),
});

/** The JSON of members in their order, extended to `bytes` by blanks before its end. */
function sized(bytes: number, members: object): string {
  const text = JSON.stringify(members);
  return `${text.slice(0, -1)}${" ".repeat(bytes - text.length)}}`;
}

/** Sends a body in small pieces, without a Content-Length. */
function sendChunked(chunks: string[], to = server, headers = {}): Promise<JsonResponse> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${to.address}/graphql`,
      { method: "POST", headers: { "content-type": "application/json", ...headers } },
      async (response) => {
        const text = (await response.toArray()).join("");
        const json = JSON.parse(text);
        resolve({ status: response.statusCode!, json, refusal: json.errors?.[0].extensions });
      },
    );
    sent.on("error", reject);
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
  });
}

describe("a body", () => {
  test("has at most 100 kB", async () => {
    const before = server.rejections.count("BODY_BYTES");
    expect((await server.post(sized(100_000, { query: "{ __typename }" }))).status).toBe(200);
    const { status, refusal } = await server.post(sized(100_001, { query: "{ __typename }" }));
    expect([status, refusal]).toEqual([413, tooLarge(100_000, 100_001)]);
    expect(server.rejections.count("BODY_BYTES")).toBe(before + 1);
  });

  test("has at most 100 kB if its length is not given beforehand", async () => {
    const bits = (bytes: number) => sized(bytes, { query: "{ __typename }" }).match(/.{1,1000}/g)!;
    expect((await sendChunked(bits(100_000))).status).toBe(200);
    const { status, refusal } = await sendChunked(bits(100_001));
    expect([status, refusal]).toEqual([413, tooLarge(100_000, 100_001)]);
  });

  test("of a type other than JSON has at most 100 kB, too", async () => {
    const send = (bytes: number) =>
      server.post("query={__typename}&x=".padEnd(bytes, "x"), {
        "content-type": "application/x-www-form-urlencoded",
        "apollo-require-preflight": "1",
      });
    expect((await send(100_000)).json.data).toEqual({ __typename: "Query" });
    expect((await send(100_001)).refusal).toEqual(tooLarge(100_000, 100_001));
  });
});

describe("a body that only records trajectories", () => {
  test("has at most 32 MB", async () => {
    const { json } = await server.post(sized(32_000_000, { query: recording, variables: { input } }));
    expect(json.data).toEqual({ recordTrajectories: { runCount: 1 } });
    const { status, refusal } = await server.post(
      sized(32_000_001, { query: recording, variables: { input } }),
    );
    expect([status, refusal]).toEqual([413, tooLarge(32_000_000, 32_000_001)]);
  });

  test("may have its document last, in pieces that split its characters, with escapes", async () => {
    const padding = 'é\\"{[,\\'.repeat(12_000);
    const text = `{"operationName":"Record","extensions":{"query":"{ __typename }","padding":[${JSON.stringify(padding)}]},"variables":${JSON.stringify({ input })},"qu\\u0065ry":${JSON.stringify(recording).replace("m", "\\u006d")}}`;
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 997) }, (_, n) =>
      bytes.subarray(n * 997, (n + 1) * 997),
    );
    const { json } = await sendChunked(chunks as never);
    expect(json.data).toEqual({ recordTrajectories: { runCount: 0 } });
  });

  test.each([
    ["a string", (text: string) => JSON.stringify(text)],
    ["a block string", (text: string) => `"""${text}"""`],
    ["white space", (text: string) => `"" ${text}`],
  ])("has a document of at most 100 kB: %s", async (_, literal) => {
    const before = await fixture.prisma.run.count();
    const document = (lines: number) =>
      `mutation { recordTrajectories(input: { runs: [{ id: "${uuid("Run", 7)}", network: ["a"], initialPrompt: ${literal("\n".repeat(lines))}, invocations: [] }] }) { __typename } }`;
    const query = document(110_000);
    const { status, json, refusal } = await server.post(sized(500_000, { query }));
    expect([status, refusal]).toEqual([413, tooLarge(100_000, query.length)]);
    expect(json.errors[0].message).toBe(
      "The document has more than 100000 bytes. Send long values as variables.",
    );
    expect(await fixture.prisma.run.count()).toBe(before);
  });

  test.each([
    ["a query", { query: "{ __typename }" }],
    ["another mutation", { query: `mutation { deleteRun(id: "${uuid("Run", 0)}") { __typename } }` }],
    [
      "another mutation beside it",
      {
        query: recording.replace(/\}$/, `deleteRun(id: "${uuid("Run", 0)}") { __typename } }`),
        variables: { input },
      },
    ],
    [
      "another operation, which operationName selects",
      { query: `${recording} query Other { __typename }`, operationName: "Other" },
    ],
    [
      "a fragment at its root",
      {
        query:
          "mutation { ...F } fragment F on Mutation { recordTrajectories(input: { runs: [] }) { __typename } }",
      },
    ],
    ["no document", { variables: { input } }],
    ["a syntax error", { query: "mutation {" }],
    [
      "a document within something else",
      { variables: { query: recording }, extensions: { query: recording } },
    ],
  ])("has no other content: %s", async (_, members) => {
    const runs = await fixture.prisma.run.count();
    for (const body of [sized(100_001, members), sized(300_000, { padding: "x", ...members })]) {
      const { status, refusal } = await server.post(body);
      expect([status, refusal]).toEqual([413, tooLarge(100_000, body.length)]);
    }
    expect(await fixture.prisma.run.count()).toBe(runs);
  });

  test("has one document: of two JSON.parse would take the last", async () => {
    const text = sized(200_000, { query: recording, variables: { input } });
    const twice = `${text.slice(0, -1)},"query":"{ __typename }"}`;
    expect((await server.post(twice)).refusal).toMatchObject({ limit: "BODY_BYTES", maximum: 100_000 });
  });

  test("is not a list", async () => {
    const text = `[${sized(200_000, { query: recording, variables: { input } })}]`;
    expect((await server.post(text)).refusal).toMatchObject({ limit: "BODY_BYTES", maximum: 100_000 });
  });

  test("must be sent by a caller who may write", async () => {
    const { prisma } = fixture;
    const reader = await createApiKey(prisma, { name: "reader", scopes: ["read"] });
    const writer = await createApiKey(prisma, { name: "writer", scopes: ["write"] });
    const withKeys = await serveLimited(fixture);
    const reads = { authorization: `Bearer ${reader.key}` };
    const writes = { authorization: `Bearer ${writer.key}` };
    const body = sized(100_001, { query: recording, variables: { input } });
    expect((await withKeys.post(body, reads)).refusal).toEqual(tooLarge(100_000, 100_001));
    expect((await withKeys.post(body, writes)).status).toBe(200);
    const chunks = body.match(/.{1,1000}/g)!;
    expect((await sendChunked(chunks, withKeys, reads)).refusal).toEqual(tooLarge(100_000));
    await withKeys.stop(0);
    await prisma.apiKey.deleteMany(); // for the other tests
  });
});

test("a client that disconnects in the middle of its body does not cause an internal error", async () => {
  const body = sized(200_000, { query: recording, variables: { input } });
  for (const bytes of [10, 150_000]) {
    await new Promise<void>((resolve) => {
      const { port } = new URL(server.address);
      const sent = request({
        port,
        path: "/graphql",
        method: "POST",
        headers: { "content-type": "application/json", "content-length": body.length },
      });
      sent.on("error", () => resolve());
      sent.write(body.slice(0, bytes), () => setTimeout(() => sent.destroy(new Error("gone")), 30));
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fixture.internalErrors).toEqual([]);
  expect((await server.post({ query: "{ __typename }" })).status).toBe(200);
});
