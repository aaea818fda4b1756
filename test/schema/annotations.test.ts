import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  annotateCluster,
  annotateClusteringResult,
  longestName,
  longestNote,
} from "../../src/resolvers/clusterings/annotate.js";
import { deleteClusteringResult } from "../../src/resolvers/clusterings/deleteClusteringResult.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 2 });
  await writeClustering(fixture, { embeddings: 10, assign: (n) => ({ label: n % 2 }) });
});
afterEach(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

const mutation = (kind: "Cluster" | "ClusteringResult") => `mutation($input: Annotate${kind}Input!) {
  annotate${kind}(input: $input) {
    __typename
    ... on ${kind} { id name note }
    ... on Error { code message }
    ... on NotFoundError { requestedId }
    ... on InvalidInputError { issues { path message value } }
  }
}`;
const annotate = async (kind: "Cluster" | "ClusteringResult", input: object) =>
  (await fixture.data(mutation(kind), { input }))[`annotate${kind}`];

const [cluster, result] = [id("Cluster", 0), id("ClusteringResult", 0)];

/** All rows that are not annotations, and the annotations. */
async function stored() {
  const { prisma } = fixture;
  const orderBy = { id: "asc" } as const;
  const rows = [prisma.clusteringResult.findMany({ orderBy }), prisma.cluster.findMany({ orderBy })];
  const annotations = [
    prisma.clusteringResultAnnotation.findMany({ orderBy }),
    prisma.clusterAnnotation.findMany({ orderBy }),
  ];
  return { rows: await Promise.all(rows), annotations: await Promise.all(annotations) };
}

describe.each([
  ["Cluster", cluster, uuid("Cluster", 0), id("ClusteringResult", 0)],
  ["ClusteringResult", result, uuid("ClusteringResult", 0), id("Cluster", 0)],
] as const)("the name and note of a %s", (kind, given, bare, ofOtherType) => {
  const current = async () => {
    const field = kind === "Cluster" ? "cluster" : "clusteringResult";
    return (await fixture.data(`{ ${field}(id: "${given}") { name note } }`))[field];
  };

  test("are set, stay where they are absent, are removed by null, and change no other row", async () => {
    expect(await current()).toEqual({ name: null, note: null });
    const { rows } = await stored();
    const returned = (name: string | null, note: string | null) => ({
      __typename: kind,
      id: given,
      name,
      note,
    });
    expect(await annotate(kind, { id: given, name: "Gärten 🌳" })).toEqual(returned("Gärten 🌳", null));
    expect(await annotate(kind, { id: bare, note: "as\nin \t spring" })).toEqual(
      returned("Gärten 🌳", "as\nin \t spring"),
    );
    expect(await annotate(kind, { id: given, name: "Wälder" })).toEqual(
      returned("Wälder", "as\nin \t spring"),
    );
    expect(await annotate(kind, { id: given, name: null })).toEqual(returned(null, "as\nin \t spring"));
    expect(await current()).toEqual({ name: null, note: "as\nin \t spring" });
    expect(await annotate(kind, { id: given, note: null })).toEqual(returned(null, null));
    expect(await annotate(kind, { id: given, name: null, note: null })).toEqual(returned(null, null));
    expect(await current()).toEqual({ name: null, note: null });
    const after = await stored();
    expect(after.rows).toEqual(rows);
    expect(after.annotations[1]).toEqual([]);
  });

  test("have 1 to so many characters, of which each counts once, whatever its length in UTF-16", async () => {
    for (const character of ["x", "é", "🌳"]) {
      const longest = { name: character.repeat(longestName), note: character.repeat(longestNote) };
      expect(await annotate(kind, { id: given, ...longest })).toMatchObject({ __typename: kind, ...longest });
    }
    for (const [name, note] of [
      ["", ""],
      ["🌳".repeat(longestName + 1), "🌳".repeat(longestNote + 1)],
      [" \n ", "\u3000"],
      ["a\0b", "half of 🌳: \ud83c"],
    ]) {
      const before = await stored();
      const refused = await annotate(kind, { id: given, name, note });
      expect(refused).toMatchObject({ __typename: "InvalidInputError", code: "INVALID_INPUT" });
      expect(refused.issues.map(({ path }: { path: string[] }) => path)).toEqual([
        ["input", "name"],
        ["input", "note"],
      ]);
      const start = (text: string) => expect.stringContaining(JSON.stringify(text).slice(0, 60));
      expect(refused.issues).toMatchObject([{ value: start(name) }, { value: start(note) }]);
      // A good name is not written if the note is not valid.
      expect(await annotate(kind, { id: given, name: "good", note })).toMatchObject({
        issues: [{ path: ["input", "note"] }],
      });
      expect(await stored()).toEqual(before);
    }
    expect((await annotate(kind, { id: given, name: "x".repeat(201) })).issues[0].message).toBe(
      "must have 1 to 200 characters, and has 201; null removes it.",
    );
  });

  test("need one of the two, and the id of an object of the type", async () => {
    expect(await annotate(kind, { id: given })).toMatchObject({
      __typename: "InvalidInputError",
      issues: [{ path: ["input"], message: "must have a name or a note; null removes what is stored." }],
    });
    for (const wrong of ["nonsense", ofOtherType]) {
      expect(await annotate(kind, { id: wrong, name: "" })).toMatchObject({
        issues: [
          { path: ["input", "id"], value: JSON.stringify(wrong) },
          { path: ["input", "name"], value: '""' },
        ],
      });
    }
    const unknown = id(kind, 77);
    expect(await annotate(kind, { id: unknown, name: "x" })).toMatchObject({
      ...{ __typename: "NotFoundError", code: "NOT_FOUND", requestedId: unknown },
    });
    expect((await stored()).annotations).toEqual([[], []]);
  });

  test("are those of one writer, of several at once", async () => {
    // Fewer than the connections of a pool, of which each waits for the others.
    const texts = Array.from({ length: 8 }, (_, n) => ({ name: `name ${n}`, note: `note ${n}` }));
    const outcomes = await Promise.all(texts.map((text) => annotate(kind, { id: given, ...text })));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ __typename: kind, id: given });
    expect(texts).toContainEqual(await current());
    const of = { where: { id: uuid("ClusteringResult", 0) } };
    expect(await fixture.prisma.clusteringResultAnnotation.findUnique(of)).toMatchObject({ revision: 8 });
  });

  test("are written completely or not at all: a request that is over writes nothing", async () => {
    const { database } = fixture.app;
    const request = new AbortController();
    const written: unknown[] = [];
    // The request is over once everything is written, and the transaction not yet committed.
    const upsert = async ({ args, query }: { args: never; query: (args: never) => Promise<unknown> }) => {
      const row = await query(args);
      written.push(row);
      request.abort(new Error("over"));
      return row;
    };
    const table = kind === "Cluster" ? "clusterAnnotation" : "clusteringResultAnnotation";
    const prisma = database.prisma.$extends({ query: { [table]: { upsert } } } as never);
    const app = { database: { ...database, prisma: prisma as unknown as typeof database.prisma } };
    const write = kind === "Cluster" ? annotateCluster : annotateClusteringResult;
    await expect(write(app, { id: given, name: "late" }, request.signal)).rejects.toThrow("over");
    expect(written).toMatchObject([{ name: "late" }]);
    expect((await stored()).annotations).toEqual([[], []]);
  });

  test("are deleted with the result, and only with it", async () => {
    await writeClustering(fixture, { result: 1, embeddings: 10, assign: () => ({ label: 0 }) });
    const other = id(kind, kind === "Cluster" ? 1000 : 1);
    await annotate(kind, { id: given, name: "first", note: "of the first" });
    await annotate(kind, { id: other, name: "second" });
    await fixture.data(`mutation { deleteClusteringResult(id: "${result}") { __typename } }`);
    const { annotations } = await stored();
    expect(annotations.flat().filter(({ name }) => name !== null)).toMatchObject([{ name: "second" }]);
    expect(annotations[0]).toHaveLength(1);
    expect(await annotate(kind, { id: given, name: "too late" })).toMatchObject({
      __typename: "NotFoundError",
    });
  });

  test("are written before the result is deleted, or find it deleted", async () => {
    for (let round = 1; round <= 10; round++) {
      await writeClustering(fixture, { result: round, embeddings: 4, assign: () => ({ label: 0 }) });
      const of = id(kind, kind === "Cluster" ? 1000 * round : round);
      // The row exists in half of the rounds, so that both ways of writing it meet the deletion.
      if (round % 2 === 0) await annotate(kind, { id: of, note: "from before" });
      const writes = Array.from({ length: 4 }, (_, n) =>
        fixture.execute(mutation(kind), { input: { id: of, name: `name ${n}` } }),
      );
      const deleting = deleteClusteringResult(fixture.app, uuid("ClusteringResult", round));
      for (const { data, errors } of await Promise.all(writes)) {
        // If it was deleted after it was annotated, its result cannot be read.
        if (errors) expect(errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
        else expect(["NotFoundError", kind]).toContain((Object.values(data)[0] as Node).__typename);
      }
      expect(await deleting).toEqual({ deleted: true });
      expect((await stored()).annotations).toEqual([[], []]);
    }
  });
});

interface Node {
  __typename: string;
}

test("a clustering that has not succeeded can be named, and stays named; its clusters are found once they are shown", async () => {
  await writeQueuedClustering(fixture, 1);
  const queued = id("ClusteringResult", 1);
  expect(await annotate("ClusteringResult", { id: queued, name: "planned" })).toMatchObject({
    name: "planned",
  });
  await fixture.prisma.cluster.create({
    data: {
      ...{ id: uuid("Cluster", 1000), clusteringResultId: uuid("ClusteringResult", 1), label: 0, size: 5 },
      ...{ persistence: 1, medoidEmbeddingId: uuid("Embedding", 0), medoidPoint: 0 },
    },
  });
  expect(await annotate("Cluster", { id: id("Cluster", 1000), name: "staged" })).toMatchObject({
    __typename: "NotFoundError",
  });
  await fixture.data(`mutation { cancelClustering(id: "${queued}") { __typename } }`);
  expect(await fixture.data(`{ clusteringResult(id: "${queued}") { status name } }`)).toEqual({
    clusteringResult: { status: "CANCELLED", name: "planned" },
  });
  expect((await stored()).annotations[1]).toEqual([]);
});
