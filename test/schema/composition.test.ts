import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CompositionBy, compositionLoader } from "../../src/resolvers/loaders/compositionLoader.js";
import { distinctTextCountLoader } from "../../src/resolvers/loaders/distinctTextCountLoader.js";
import { RowsRead } from "../../src/resolvers/loaders/rowsRead.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";

/** What clusters consist of, compared with the same counts made of all rows. */
let fixture: Fixture;
const runs = 12;
const steps = 30;
const embeddings = (runs * steps) / 2;
const label = (n: number) => (n % 7 === 6 ? -1 : (n * n) % 5 === 0 ? 0 : n % 3);
/** The first is after the second by code points, and before it by the units of UTF-16. */
const [laterPrompt, earlierPrompt] = ["\u{1f600}", "\ufffd"];
/** Keys that databases could take for a path, an index or a pattern. */
const keys = ["kind", "", "0", "$.kind", "[1]", "a.b", "back\\slash", "line\nbreak", "größe", "'", "%"];

/** Of every kind that JSON has; null, and an absent key, are no value. */
const values = [
  "a text",
  "ünïcode 😀",
  "",
  7,
  -0.1,
  1e21,
  0.1 + 0.2,
  true,
  false,
  [1, "two"],
  { z: "1" },
  null,
  undefined,
];

/** JSON with sorted names, as metadata is stored. */
const metadataText = (fields: object) =>
  JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([p], [q]) => (p < q ? -1 : 1))));

beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs, steps, text: (n) => `text ${n % 11}` });
  const { prisma } = fixture;
  for (let r = 0; r < runs; r++) {
    const fields = Object.fromEntries(keys.map((key, k) => [key, values[(r + k) % values.length]]));
    await prisma.run.update({
      where: { id: uuid("Run", r) },
      data: {
        metadata: r === 3 ? null : metadataText(fields),
        initialPrompt: r < 8 ? [laterPrompt, earlierPrompt][r % 2] : `prompt ${r % 3}`,
      },
    });
  }
  for (let n = 0; n < runs * steps; n += 5) {
    const fields = { kind: values[n % values.length], "": n % 2 === 0 ? "even" : null };
    await prisma.invocation.update({
      where: { id: uuid("Invocation", n) },
      data: { metadata: metadataText(fields), model: `viewer ${n % 3}` },
    });
  }
  await writeClustering(fixture, { embeddings, assign: (n) => ({ label: label(n) }) });
  // Of the first runs only, the last of which in part; both prompts are equally frequent in cluster 1.
  await writeClustering(fixture, {
    result: 1,
    embeddings: 38,
    assign: (n) => ({ label: n < 30 ? n % 3 : 3 }),
  });
  await writeQueuedClustering(fixture, 2);
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

interface Member {
  label: number;
  runId: string;
  network: string;
  initialPrompt: string;
  model: string;
  sequenceNumber: number;
  text: string | null;
  metadata: Record<string, unknown>[];
}

async function membersOf(result: number): Promise<Member[]> {
  const rows = await fixture.prisma.clusterAssignment.findMany({
    where: { clusteringResultId: uuid("ClusteringResult", result) },
    select: {
      cluster: { select: { label: true } },
      embedding: { select: { invocation: { include: { run: true } } } },
    },
  });
  return rows.map(({ cluster, embedding: { invocation } }) => ({
    label: cluster?.label ?? -1,
    runId: invocation.runId,
    network: (JSON.parse(invocation.run.network) as string[]).join(" → "),
    initialPrompt: invocation.run.initialPrompt,
    model: invocation.model,
    sequenceNumber: invocation.sequenceNumber,
    text: invocation.outputText,
    metadata: [invocation, invocation.run].map(({ metadata }) => JSON.parse(metadata ?? "{}")),
  }));
}

/** How each member is counted: its value, or undefined. */
function counting(by: string, members: Member[], key?: string): (member: Member) => string | undefined {
  const last = new Map<string, number>();
  for (const { runId, sequenceNumber } of members) {
    last.set(runId, Math.max(sequenceNumber, last.get(runId) ?? 0));
  }
  const counted: Record<string, (member: Member) => string | undefined> = {
    NETWORK: ({ network }) => network,
    INITIAL_PROMPT: ({ initialPrompt }) => initialPrompt,
    MODEL: ({ model }) => model,
    RUN: ({ runId }) => `Run:${runId}`,
    SEQUENCE_DECILE: ({ runId, sequenceNumber }) =>
      String(Math.floor((10 * sequenceNumber) / (last.get(runId)! + 1))),
    METADATA: ({ metadata }) => {
      const value = metadata.map((fields) => fields[key!]).find((value) => value != null);
      return value === undefined || typeof value === "string" ? (value as string) : JSON.stringify(value);
    },
  };
  return counted[by];
}

const codePoints = (text: string) => Buffer.from(text, "utf8");

function expected(members: Member[], of: number, by: string, key?: string) {
  const counted = counting(by, members, key);
  const countOf = (some: Member[]) => {
    const counts = new Map<string, number>();
    for (const member of some) {
      const value = counted(member);
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return counts;
  };
  const everywhere = countOf(members);
  const own = members.filter((member) => member.label === of);
  return [...countOf(own)]
    .sort(([p, m], [q, n]) => n - m || codePoints(p).compare(codePoints(q)))
    .map(([value, count]) => ({
      value,
      run: by === "RUN" ? { id: value } : null,
      count,
      share: expect.closeTo(count / own.length, 12),
      lift: expect.closeTo(count / own.length / (everywhere.get(value)! / members.length), 10),
    }));
}

const shares = "{ value run { id } count share lift }";
const kinds: [by: string, key?: string][] = [
  ...["NETWORK", "INITIAL_PROMPT", "MODEL", "RUN", "SEQUENCE_DECILE"].map((by): [string] => [by]),
  ...keys.map((key): [string, string] => ["METADATA", key]),
];

describe("every cluster and the outliers consist of what their embeddings are", () => {
  test.each(kinds)("%s %j", async (by, key) => {
    for (const result of [0, 1]) {
      const members = await membersOf(result);
      const data = await fixture.data(
        `query($key: String) { clusteringResult(id: "${id("ClusteringResult", result)}") {
          clusters { edges { node { label composition(by: ${by}, key: $key, limit: 500) ${shares} } } }
          outlierComposition(by: ${by}, key: $key, limit: 500) ${shares} } }`,
        { key },
      );
      const { clusters, outlierComposition } = data.clusteringResult;
      expect(clusters.edges.length).toBeGreaterThan(2);
      for (const { node } of clusters.edges) {
        expect(node.composition, `${result} ${node.label}`).toEqual(expected(members, node.label, by, key));
      }
      expect(outlierComposition).toEqual(expected(members, -1, by, key));
    }
  });
});

test("values of metadata of every kind were among them", async () => {
  const { clusteringResult } = await fixture.data(
    `{ clusteringResult(id: "${id("ClusteringResult", 0)}") { outlierComposition(by: METADATA, key: "kind") { value } } }`,
  );
  const found = clusteringResult.outlierComposition.map(({ value }: { value: string }) => value);
  expect(found).toEqual(expect.arrayContaining(["a text", "7", "1e+21", "true", '[1,"two"]', '{"z":"1"}']));
});

test("prompts that are equally frequent are in the order of their code points", async () => {
  const { cluster } = await fixture.data(
    `{ cluster(id: "${id("Cluster", 1001)}") { composition(by: INITIAL_PROMPT) { value count } } }`,
  );
  expect(cluster.composition).toEqual([
    { value: earlierPrompt, count: 5 },
    { value: laterPrompt, count: 5 },
  ]);
});

test("the limit is 20 by default, takes the most frequent, and changes no share", async () => {
  const of = (limit: string) => `composition(by: RUN${limit}) { value count share lift }`;
  const { cluster } = await fixture.data(
    `{ cluster(id: "${id("Cluster", 0)}") { all: ${of(", limit: 500")} two: ${of(", limit: 2")} byDefault: ${of("")} } }`,
  );
  expect(cluster.all.length).toBe(runs);
  expect(cluster.byDefault).toEqual(cluster.all);
  expect(cluster.two).toEqual(cluster.all.slice(0, 2));
});

test("a step may have the largest sequence number that there is", async () => {
  const { prisma } = fixture;
  const runId = uuid("Run", 1);
  await prisma.invocation.updateMany({
    where: { runId, sequenceNumber: steps - 1 },
    data: { sequenceNumber: 2 ** 31 - 1 },
  });
  const of = `composition(by: SEQUENCE_DECILE) { value count }`;
  const { clusteringResult } = await fixture.data(
    `{ clusteringResult(id: "${id("ClusteringResult", 1)}") { clusters { edges { node { label ${of} } } } } }`,
  );
  const members = await membersOf(1);
  expect(Math.max(...members.map(({ sequenceNumber }) => sequenceNumber))).toBe(2 ** 31 - 1);
  for (const { node } of clusteringResult.clusters.edges) {
    const counts = expected(members, node.label, "SEQUENCE_DECILE").map(({ value, count }) => ({
      value,
      count,
    }));
    expect(node.composition).toEqual(counts);
  }
  await prisma.invocation.updateMany({
    where: { runId, sequenceNumber: 2 ** 31 - 1 },
    data: { sequenceNumber: steps - 1 },
  });
});

test("the number of different texts is counted without images", async () => {
  const { prisma } = fixture;
  const members = await membersOf(0);
  const { clusteringResult } = await fixture.data(
    `{ clusteringResult(id: "${id("ClusteringResult", 0)}") { clusters { edges { node { label distinctTextCount } } } } }`,
  );
  for (const { node } of clusteringResult.clusters.edges) {
    const own = members.filter(({ label }) => label === node.label);
    expect(node.distinctTextCount).toBe(new Set(own.map(({ text }) => text)).size);
  }
  const textless = { where: { runId: uuid("Run", 0) }, data: { outputText: null } };
  const before = await prisma.invocation.findMany({ where: textless.where });
  await prisma.invocation.updateMany(textless);
  const { cluster } = await fixture.data(
    `{ cluster(id: "${id("Cluster", 1000)}") { distinctTextCount size } }`,
  );
  const left = (await membersOf(1)).filter(({ label, text }) => label === 0 && text !== null);
  expect(left.length).toBeLessThan(cluster.size);
  expect(cluster.distinctTextCount).toBe(new Set(left.map(({ text }) => text)).size);
  for (const { id, outputText } of before)
    await prisma.invocation.update({ where: { id }, data: { outputText } });
});

test("counting is charged by the embeddings that it reads, and more for the JSON of metadata", async () => {
  const clusteringResult = { id: uuid("ClusteringResult", 0), embeddingCount: embeddings };
  const charged = async (by: CompositionBy, key: string | null) => {
    const rowsRead = new RowsRead();
    const loader = compositionLoader({ ...fixture.app.database, rowsRead }, { by, key, limit: 5 });
    await Promise.all([0, 1].map((n) => loader.load({ clusteringResult, clusterId: uuid("Cluster", n) })));
    return rowsRead.work;
  };
  expect(await charged("MODEL", null)).toBe(embeddings / 20);
  expect(await charged("METADATA", "kind")).toBe(embeddings);
  const rowsRead = new RowsRead();
  const [first] = await fixture.prisma.cluster.findMany({ take: 1, orderBy: { id: "asc" } });
  await distinctTextCountLoader({ ...fixture.app.database, rowsRead }).load(first);
  expect(rowsRead.work).toBe(Math.ceil(first.size / 20));
});

test("until a clustering has succeeded, its outliers consist of nothing, and nothing is counted", async () => {
  fixture.statements.length = 0;
  const { clusteringResult } = await fixture.data(
    `{ clusteringResult(id: "${id("ClusteringResult", 2)}") { outlierComposition(by: RUN) { value } } }`,
  );
  expect(clusteringResult.outlierComposition).toEqual([]);
  expect(fixture.statements).toHaveLength(1);
});

describe("a composition is refused", () => {
  test.each([
    ["without a key, by METADATA", "by: METADATA", "key", "must be given with METADATA; it was null."],
    [
      "with a key that nothing takes",
      'by: RUN, key: "kind"',
      "key",
      'only METADATA takes it, and `by` is RUN; it was "kind".',
    ],
    [
      "with a quotation mark in the key",
      String.raw`by: METADATA, key: "a\"b"`,
      "key",
      "must not contain a quotation mark",
    ],
    [
      "with a key that databases cannot store",
      String.raw`by: METADATA, key: "\u0000"`,
      "key",
      "must not hold U+0000",
    ],
    ["with a limit of 0", "by: RUN, limit: 0", "limit", "must be from 1 to 500; it was 0."],
    ["with a limit of 501", "by: RUN, limit: 501", "limit", "must be from 1 to 500; it was 501."],
  ])("%s", async (_, args, path, message) => {
    for (const [type, field] of [
      ["Cluster", "composition"],
      ["ClusteringResult", "outlierComposition"],
    ] as const) {
      const root = type === "Cluster" ? "cluster" : "clusteringResult";
      const { errors } = await fixture.execute(
        `{ ${root}(id: "${id(type, 0)}") { ${field}(${args}) { value } } }`,
      );
      expect(errors).toMatchObject([
        {
          path: [root, field],
          message: expect.stringContaining(message),
          extensions: { code: "INVALID_INPUT", issues: [{ path: [path] }] },
        },
      ]);
    }
  });
});
