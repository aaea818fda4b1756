import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, id, openFixture, writeClustering, writeRuns } from "../fixtures.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
  await writeClustering(fixture, { embeddings: 5, assign: () => ({ label: 0 }) });
});
afterAll(() => fixture.close());

describe("a document that GraphQL itself refuses is INVALID_INPUT", () => {
  test.each([
    ["a syntax error", "{ runs { ", {}],
    ["an unknown field", "{ nothing }", {}],
    ["a missing argument", "{ run { id } }", {}],
    ["an argument of the wrong type", '{ runs(first: "two") { totalCount } }', {}],
    ["a variable of the wrong type", "query($n: Int) { runs(first: $n) { totalCount } }", { n: "two" }],
    ["a text like a database's error", '{ runs(first: "no such table: Run") { totalCount } }', {}],
    ["a missing variable", "query($id: ID!) { run(id: $id) { id } }", {}],
    ["an unknown operation", "query A { __typename } query B { __typename }", {}],
    [
      "NaN",
      `mutation($alpha: Float!) { clusterEmbeddings(input: { embeddingModel: "words", alpha: $alpha }) { __typename } }`,
      { alpha: Number.NaN },
    ],
    [
      "two forms of a vector at once",
      `mutation($input: RecordTrajectoriesInput!) { recordTrajectories(input: $input) { __typename } }`,
      {
        input: {
          runs: [
            {
              id: id("Run", 5),
              network: ["a"],
              initialPrompt: "",
              invocations: [
                {
                  sequenceNumber: 0,
                  model: "a",
                  type: "TEXT",
                  embeddings: [{ embeddingModel: "words", vector: { floats: [1, 2], base64: "" } }],
                },
              ],
            },
          ],
        },
      },
    ],
  ])("%s", async (_, query, variables) => {
    const { errors } = await fixture.execute(query, variables);
    expect(errors?.length).toBeGreaterThan(0);
    for (const { extensions } of errors!) expect(extensions.code).toBe("INVALID_INPUT");
    expect(fixture.internalErrors).toEqual([]);
  });

  test("and a refused mutation has written nothing", async () => {
    expect(await fixture.prisma.clusteringResult.count()).toBe(1);
    expect(await fixture.prisma.run.count()).toBe(1);
  });
});

describe("topTexts", () => {
  const texts = (limit: number) =>
    fixture.execute(
      `query($limit: Int!) { cluster(id: "${id("Cluster", 0)}") { topTexts(limit: $limit) { text } } }`,
      { limit },
    );

  test("accepts limits from 1 to 100", async () => {
    expect((await texts(1)).data).toEqual({ cluster: { topTexts: [{ text: "text 0" }] } });
    expect((await texts(100)).data).toMatchObject({ cluster: { topTexts: { length: 5 } } });
    for (const limit of [0, 101, -1]) {
      const { data, errors } = await texts(limit);
      expect(data).toEqual({ cluster: null });
      expect(errors).toMatchObject([
        {
          message: `limit: must be from 1 to 100; it was ${limit}.`,
          extensions: { code: "INVALID_INPUT", issues: [{ path: ["limit"], value: String(limit) }] },
        },
      ]);
    }
  });
});

describe("an internal error", () => {
  test("is logged, and only its id is returned", async () => {
    const { app } = fixture;
    const broken = { ...app, database: { ...app.database, read: null as never } };
    const { executeInProcess } = await import("../../src/server/inProcess.js");
    const logged: [unknown, string][] = [];
    const { data, errors } = await executeInProcess(broken, {
      query: `{ run(id: "${id("Run", 0)}") { id } }`,
      log: (error, errorId) => logged.push([error, errorId]),
    });
    expect(data).toEqual({ run: null });
    expect(logged).toHaveLength(1);
    const [[error, errorId]] = logged;
    expect(error).toBeInstanceOf(TypeError);
    expect(errors).toEqual([
      {
        message: `Internal error. The server's log has it as ${errorId}.`,
        path: ["run"],
        extensions: { code: "INTERNAL_SERVER_ERROR", id: errorId },
      },
    ]);
  });
});
