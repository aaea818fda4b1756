import { type ExecutionResult, GraphQLError } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reportTooLargeOnce } from "../../../src/server/limits/responseSize.js";
import { type Fixture, id, openFixture, uuid, writeClustering, writeRuns } from "../../fixtures.js";
import { serveLimited } from "./limitedServer.js";

const texts = 15;
const length = 100;
const metadata = JSON.stringify({ list: [1, "x".repeat(length), null] });

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  // Each run has 5 texts, and vectors of 2 components.
  await writeRuns(fixture, { runs: 3, text: (n) => `${n}`.padEnd(length, ".") });
  await fixture.prisma.run.update({ where: { id: uuid("Run", 0) }, data: { metadata } });
  await writeClustering(fixture, { result: 0, embeddings: texts, assign: () => ({ label: 0 }) });
  await fixture.prisma.clusteringResult.update({
    where: { id: uuid("ClusteringResult", 0) },
    data: { filter: JSON.stringify({ runIds: [0, 1, 2].map((run) => uuid("Run", run)) }) },
  });
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

const members = (selection: string) => `{
  clusteringResult(id: "${id("ClusteringResult", 0)}") {
    clusters { edges { node { members(first: 100) { edges { node { ${selection} } } } } } }
  }
}`;
const refused = (maximum: number) => [400, { code: "REQUEST_LIMIT", limit: "ANSWER_BYTES", maximum }, null];

describe("the size of the texts and vectors in a response", () => {
  test.each([
    ["vectors", members("vector"), texts * 2 * 20],
    ["vectors, by aliases", members("a: vector b: vector"), texts * 4 * 20],
    ["vectors as base64", members("vectorBase64"), texts * 12],
    ["texts", members("invocation { outputText }"), texts * length],
    ["a medoid's text", `{ latestClusteringResult { clusters { edges { node { medoidText } } } } }`, length],
    [
      "counted texts",
      `{ latestClusteringResult { clusters { edges { node { topTexts(limit: 1) { text } } } } } }`,
      length,
    ],
    ["lists of ids", "{ latestClusteringResult { filter { runIds } } }", 3 * id("Run", 0).length],
    ["metadata", "{ runs { edges { node { metadata } } } }", metadata.length],
    [
      "lists of texts",
      "{ runs { edges { node { network } } } }",
      "painterviewer".length * 2 + "sketcherviewer".length,
    ],
  ])("is allowed up to the limit, and refused above it: %s", async (_, query, bytes) => {
    const enough = await serveLimited(fixture, { limitAnswerBytes: bytes });
    expect((await enough.post({ query })).json.errors).toBeUndefined();
    expect(enough.rejections.count("ANSWER_BYTES")).toBe(0);
    await enough.stop(0);
    const tooLittle = await serveLimited(fixture, { limitAnswerBytes: bytes - 1 });
    const { status, refusal, json } = await tooLittle.post({ query });
    expect([status, refusal, json.data ?? null]).toEqual(refused(bytes - 1));
    expect(json.errors[0].path.length).toBeGreaterThan(2);
    expect(tooLittle.rejections.count("ANSWER_BYTES")).toBe(1);
    await tooLittle.stop(0);
  });

  test("is counted anew for each response, even that of a compiled query", async () => {
    const server = await serveLimited(fixture, { limitAnswerBytes: texts * length, responseCacheBytes: 0 });
    const query = members("invocation { outputText }");
    for (let i = 0; i < 210; i++) {
      expect((await server.post({ query: i % 2 ? query : `${query} ` })).json.errors).toBeUndefined();
    }
    await server.stop(0);
    const less = await serveLimited(fixture, { limitAnswerBytes: texts * length - 1, responseCacheBytes: 0 });
    for (let i = 0; i < 210; i++) {
      const { status, refusal, json } = await less.post({ query });
      expect([status, refusal, json.data ?? null]).toEqual(refused(texts * length - 1));
    }
    expect(less.rejections.count("ANSWER_BYTES")).toBe(210);
    await less.stop(0);
  });

  test("a mutation returns what it did, and one error says that the rest was too much", async () => {
    const server = await serveLimited(fixture, { limitAnswerBytes: 3 * length });
    const cancel = `mutation { cancelClustering(id: "${id("ClusteringResult", 0)}") { ... on ClusteringResult { status
      clusters { edges { node { members { edges { node { invocation { outputText } } } } } } } } } }`;
    const { status, json } = await server.post({ query: cancel });
    expect(status).toBe(200);
    expect(json.data.cancelClustering.status).toBe("SUCCEEDED");
    expect(json.errors).toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ limit: "ANSWER_BYTES" }) }),
    ]);
    expect(server.rejections.count("ANSWER_BYTES")).toBe(1);
    await server.stop(0);
  });

  test("of several mutations, each whose result was too large is null, with an error of its own", async () => {
    const server = await serveLimited(fixture, { limitAnswerBytes: 3 * length });
    const cancel = (name: string) => `${name}: cancelClustering(id: "${id("ClusteringResult", 0)}") {
      ... on ClusteringResult { clusters { edges { node { topTexts(limit: 2) { text } } } } } }`;
    const { status, json } = await server.post({
      query: `mutation { ${["first", "second", "third"].map(cancel).join(" ")} }`,
    });
    expect([status, json.data.first !== null, json.data.second, json.data.third]).toEqual([
      200,
      true,
      null,
      null,
    ]);
    const errors = json.errors.map(
      ({ path, extensions }: { path: string[]; extensions: { limit: string } }) => [
        path[0],
        extensions.limit,
      ],
    );
    expect(errors).toEqual([
      ["second", "ANSWER_BYTES"],
      ["third", "ANSWER_BYTES"],
    ]);
    expect(server.rejections.count("ANSWER_BYTES")).toBe(1);
    await server.stop(0);
  });

  test("other kinds of errors are all kept, however many there are below one field", () => {
    const at = (key: string, limit?: string) =>
      new GraphQLError("failed", { path: ["run", key], extensions: limit ? { limit } : {} });
    const errors = [at("a"), at("b", "ANSWER_BYTES"), at("c"), at("d", "ANSWER_BYTES"), at("e")];
    const results: ExecutionResult[] = [];
    const { onExecute } = reportTooLargeOnce() as unknown as {
      onExecute(): { onExecuteDone(done: object): void };
    };
    onExecute().onExecuteDone({
      result: { data: null, errors },
      setResult: (result: ExecutionResult) => results.push(result),
    });
    expect(results).toEqual([{ data: null, errors: [errors[0], errors[1], errors[2], errors[4]] }]);
  });

  test("may be 500 vectors of 1,536 components by default", () => {
    expect(fixture.app.settings.limitAnswerBytes).toBeGreaterThan(500 * 1536 * 20);
  });
});
