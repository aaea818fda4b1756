import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, id, openFixture, uuid, writeClustering, writeRuns } from "../fixtures.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
  await writeClustering(fixture, { embeddings: 5, assign: () => ({ label: 0 }) });
});
afterAll(() => fixture.close());

/** The fields that take the id of one type, each with a document that names the field `found`. */
const fields = [
  ["run", "Run"],
  ["invocation", "Invocation"],
  ["embedding", "Embedding"],
  ["clusteringResult", "ClusteringResult"],
  ["cluster", "Cluster"],
] as const;

const document = (field: string) => `query($id: ID!) { found: ${field}(id: $id) { __typename id } }`;

describe.each(fields)("Query.%s", (field, type) => {
  test("accepts the typed id, the bare UUID, and capital letters", async () => {
    for (const given of [id(type, 0), uuid(type, 0), uuid(type, 0).toUpperCase()]) {
      expect(await fixture.data(document(field), { id: given })).toEqual({
        found: { __typename: type, id: id(type, 0) },
      });
    }
  });

  test("is null for an id that is well formed and unknown", async () => {
    expect(await fixture.data(document(field), { id: id(type, 999) })).toEqual({ found: null });
    expect(await fixture.data(document(field), { id: uuid(type, 999) })).toEqual({ found: null });
  });

  test("refuses the id of another type, and values that are not ids, and reports which", async () => {
    const other = type === "Run" ? "Cluster" : "Run";
    const named = ["Invocation", "EmbeddingModel", "Embedding"].includes(type) ? `an ${type}` : `a ${type}`;
    const refusals = {
      [id(other, 0)]: `id: is the id of a ${other}, and must be that of ${named}.`,
      nonsense: `id: must be the id of ${named}: "${type}:" and a UUID, or the UUID alone.`,
      "": `id: must be the id of ${named}: "${type}:" and a UUID, or the UUID alone.`,
      [`${type}:`]: `id: must be the id of ${named}: "${type}:" and a UUID, or the UUID alone.`,
      [`${id(type, 0)}0`]: `id: must be the id of ${named}: "${type}:" and a UUID, or the UUID alone.`,
      [`User:${uuid("Run", 0)}`]: `id: must be the id of ${named}: "${type}:" and a UUID, or the UUID alone.`,
    };
    for (const [given, message] of Object.entries(refusals)) {
      const { data, errors } = await fixture.execute(document(field), { id: given });
      expect(data).toEqual({ found: null });
      const quoted = JSON.stringify(given);
      expect(errors).toMatchObject([{ path: ["found"], extensions: { code: "INVALID_INPUT" } }]);
      const withValue = message.includes(quoted) ? message : message.replace(/\.$/, `; it was ${quoted}.`);
      expect(errors![0].message).toBe(withValue);
      expect(errors![0].extensions).toMatchObject({
        issues: [{ path: ["id"], value: JSON.stringify(given) }],
      });
    }
  });
});

describe("node and nodes", () => {
  const types = ["Run", "Invocation", "EmbeddingModel", "Embedding", "ClusteringResult", "Cluster"] as const;

  test.each(types)("find a %s by its typed id", async (type) => {
    const data = await fixture.data(
      `query($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id, $id]) { id } }`,
      { id: id(type, 0) },
    );
    expect(data).toEqual({
      node: { __typename: type, id: id(type, 0) },
      nodes: [{ id: id(type, 0) }, { id: id(type, 0) }],
    });
  });

  test("return the objects in the order of the ids, with null for unknown ids", async () => {
    const ids = [id("Cluster", 0), id("Run", 77), id("Run", 0), id("Embedding", 2)];
    expect(await fixture.data(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids })).toEqual({
      nodes: [{ id: ids[0] }, null, { id: ids[2] }, { id: ids[3] }],
    });
  });

  test.each([uuid("Run", 0), `ClusterAssignment:${uuid("Run", 0)}`, "nonsense"])(
    "refuse %j",
    async (given) => {
      const { errors } = await fixture.execute(`query($id: ID!) { node(id: $id) { id } }`, { id: given });
      expect(errors![0]).toMatchObject({
        path: ["node"],
        extensions: { code: "INVALID_INPUT", issues: [{ path: ["id"], value: JSON.stringify(given) }] },
      });
      const many = await fixture.execute(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, {
        ids: [id("Run", 0), given],
      });
      expect(many.errors![0].extensions).toMatchObject({
        code: "INVALID_INPUT",
        issues: [{ path: ["ids", "1"] }],
      });
    },
  );

  test("accept at most 500 ids", async () => {
    const nodes = (count: number) =>
      fixture.execute(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, {
        ids: Array.from({ length: count }, () => id("Run", 0)),
      });
    expect((await nodes(500)).data).toMatchObject({ nodes: { length: 500 } });
    expect((await nodes(501)).errors).toMatchObject([{ extensions: { code: "INVALID_INPUT" } }]);
  });
});

describe("an id in an input", () => {
  test("is accepted with or without its type, and refused if it is of another type", async () => {
    const query = `query($run: ID!, $result: ID!) {
      run(id: $run) { clusterPath(clusteringResultId: $result) { totalCount } }
      embedding(id: "${id("Embedding", 0)}") { assignment(clusteringResultId: $result) { probability } }
    }`;
    for (const result of [id("ClusteringResult", 0), uuid("ClusteringResult", 0)]) {
      expect(await fixture.data(query, { run: uuid("Run", 0), result })).toEqual({
        run: { clusterPath: { totalCount: 5 } },
        embedding: { assignment: { probability: 1 } },
      });
    }
    expect(await fixture.data(query, { run: uuid("Run", 0), result: uuid("ClusteringResult", 9) })).toEqual({
      run: { clusterPath: null },
      embedding: { assignment: null },
    });
    const { errors } = await fixture.execute(query, { run: uuid("Run", 0), result: id("Cluster", 0) });
    expect(errors).toMatchObject([
      { extensions: { code: "INVALID_INPUT", issues: [{ path: ["clusteringResultId"] }] } },
      { extensions: { code: "INVALID_INPUT", issues: [{ path: ["clusteringResultId"] }] } },
    ]);
  });
});
