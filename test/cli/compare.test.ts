import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { carryNames } from "../../src/cli/commands/carryNames.js";
import { addCompareCommand } from "../../src/cli/commands/compare.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";
import { serveLimited } from "../server/limits/limitedServer.js";
import { commandOutput } from "./commandOutput.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 3, steps: 20, text: (n) => `text ${n} of thirty, with more words` });
  const [first, second, third, none] = [0, 1, 2, -1];
  const old = (n: number) => (n < 10 ? first : n < 18 ? second : n < 22 ? third : none);
  const changed = (n: number) =>
    n < 9 ? 0 : n < 10 ? -1 : n < 14 ? 1 : n < 18 ? 2 : n > 21 && n < 28 ? 3 : -1;
  await writeClustering(fixture, { result: 0, embeddings: 30, assign: (n) => ({ label: old(n) }) });
  await writeClustering(fixture, { result: 1, embeddings: 30, assign: (n) => ({ label: changed(n) }) });
  await writeQueuedClustering(fixture, 2);
  await fixture.prisma.clusteringResult.update({
    where: { id: uuid("ClusteringResult", 1) },
    data: { minClusterSize: 4, filter: JSON.stringify({ ...allNull, everyNth: 2 }), maxClusterSize: 9 },
  });
});
afterAll(() => fixture.close());

const allNull = {
  ...{ runIds: null, networks: null, initialPrompts: null },
  ...{ models: null, sequenceNumber: null, everyNth: null },
};
const compare = (...args: string[]) => commandOutput(fixture, addCompareCommand, ["compare", ...args]);
const [from, to] = [id("ClusteringResult", 0), id("ClusteringResult", 1)];

const compared = `from      ${from}
          HDBSCAN of 30 embeddings of words: 3 clusters, 8 outliers (26.7 %)
to        ${to}
          HDBSCAN of 30 embeddings of words: 4 clusters, 7 outliers (23.3 %)
changed   filter none → everyNth 2, minClusterSize 5 → 4, maxClusterSize none → 9

In both results 30 embeddings take part. They agree moderately.
   0.659  adjusted Rand index: 1 if the same, 0 as by chance
   0.722  adjusted mutual information, likewise
   0.761  adjusted Rand index of those that are in a cluster in both

2 continued: mostly the same embeddings
  0 (10) → 0 (9): 9 shared, 90.0 % of both together  "text 0 of thirty, with more words"
  1 (8) → 1 (4): 4 shared, 50.0 % of both together  "text 10 of thirty, with more words"

1 split: at least half of the new cluster comes from the old one
  1 (8) → 2 (4): 4 shared, 50.0 % of both together  "text 14 of thirty, with more words"

1 born: new clusters that come from none
  3 (6)  "text 22 of thirty, with more words"

1 died: old clusters that became none
  2 (4)  "text 18 of thirty, with more words"

The largest of 7 overlaps
  0 (10) → 0 (9): 9 shared  "text 0 of thirty, with more words"
  outliers → 3 (6): 6 shared  "text 22 of thirty, with more words"
  1 (8) → 1 (4): 4 shared  "text 10 of thirty, with more words"
  1 (8) → 2 (4): 4 shared  "text 14 of thirty, with more words"
  2 (4) → outliers: 4 shared  "text 18 of thirty, with more words"
  outliers → outliers: 2 shared
  0 (10) → outliers: 1 shared  "text 0 of thirty, with more words"
`;

describe("medoid compare", () => {
  test("says what was changed, how far the results agree, and what became of each cluster", async () => {
    expect(await compare(from, to)).toBe(compared);
  });

  test("takes bare ids, and prints the same through a server", async () => {
    const server = await serveLimited(fixture);
    const bare = [uuid("ClusteringResult", 0), uuid("ClusteringResult", 1).toUpperCase()];
    const printed = await commandOutput(fixture, addCompareCommand, ["compare", ...bare], {
      server: { url: server.address },
    });
    expect(printed).toBe(compared);
    const most = await commandOutput(fixture, addCompareCommand, ["compare", from, to, "--first", "200"], {
      server: { url: server.address },
    });
    expect(most).toBe(compared);
    await server.stop(0);
  });

  test("shows as many of each as are asked for, within the width of the terminal", async () => {
    const printed = await commandOutput(fixture, addCompareCommand, ["compare", from, to, "--first", "1"], {
      columns: 70,
    });
    expect(printed).toContain(`2 continued: mostly the same embeddings
  0 (10) → 0 (9): 9 shared, 90.0 % of both together  "text 0 of thir…"
  … and 1 more
`);
    expect(printed).toMatch(/^ {2}0 \(10\) → 0 \(9\): 9 shared {2}"text 0 of.*"\n {2}… and 6 more\n$/m);
  });

  test("says that two are the same", async () => {
    const printed = await compare(from, from);
    expect(printed).toContain("changed   nothing in the model, filter and parameters\n");
    expect(printed).toContain(
      "In both results 30 embeddings take part. They are the same.\n   1.000  adjusted",
    );
  });

  test("prints all of it as JSON", async () => {
    const { compareClusteringResults } = JSON.parse(await compare(from, to, "--json"));
    expect(compareClusteringResults).toMatchObject({
      ...{ from: { id: from }, to: { id: to }, commonCount: 30 },
      ...{ continuedCount: 2, splitCount: 1, mergedCount: 0, bornCount: 1, diedCount: 1 },
      overlaps: { totalCount: 7 },
    });
    expect(compareClusteringResults.continued[0]).toMatchObject({ from: { label: 0 }, sharedCount: 9 });
  });

  test("refuses what cannot be compared, and says why", async () => {
    await expect(compare(from, id("ClusteringResult", 9))).rejects.toThrow(
      `No clustering result has the id ${id("ClusteringResult", 9)}. There are:`,
    );
    await expect(compare(id("ClusteringResult", 2), to)).rejects.toThrow(
      `The clustering ${id("ClusteringResult", 2)} has not succeeded, so that there is nothing to compare: it is QUEUED.`,
    );
    await expect(compare(from, id("Cluster", 0))).rejects.toThrow("is the id of a Cluster");
    await expect(compare(from)).rejects.toThrow("missing required argument 'TO'");
    await expect(compare(from, to, "--first", "201")).rejects.toThrow("It must be at most 200.");
  });
});

describe("medoid compare --carry-names", () => {
  const nothing =
    "Nothing was carried on: no cluster that continued has a name or note that the new one lacks.\n";
  const cluster = (n: number) => uuid("Cluster", n);
  const annotations = () => fixture.prisma.clusterAnnotation.findMany({ orderBy: { id: "asc" } });
  const ofOld = [
    { id: cluster(0), name: "first", note: "noted" },
    { id: cluster(1), name: "second", note: "of the second" },
    { id: cluster(2), name: "died", note: null },
  ];
  beforeEach(async () => {
    await fixture.prisma.clusterAnnotation.createMany({ data: ofOld });
  });
  afterEach(async () => {
    await fixture.prisma.clusterAnnotation.deleteMany();
  });

  test("gives names and notes to the clusters that continue, never by label, and says which", async () => {
    const printed = await compare(from, to, "--carry-names");
    expect(printed).toContain('  0 "first" (10) → 0 (9): 9 shared, 90.0 % of both together');
    expect(
      printed.endsWith(`
What 2 clusters that continued were given:
  0 → 0 "first" with its note
  1 → 1 "second" with its note
`),
    ).toBe(true);
    // Cluster 2 of the new result is a part of the old cluster 1, and has the label of the cluster that died.
    const carried = [
      { id: cluster(1000), name: "first", note: "noted" },
      { id: cluster(1001), name: "second", note: "of the second" },
    ];
    expect(await annotations()).toEqual([...ofOld, ...carried]);
    expect(await compare(from, to, "--carry-names")).toMatch(new RegExp(`\\n\\n${nothing}$`));
    expect(await annotations()).toEqual([...ofOld, ...carried]);
  });

  test("keeps what the new clusters are called already, and does the same through a server", async () => {
    const server = await serveLimited(fixture);
    await fixture.prisma.clusterAnnotation.createMany({
      data: [
        { id: cluster(1000), name: "its own", note: null },
        { id: cluster(1001), name: null, note: "its own note" },
      ],
    });
    const words = ["compare", from, to, "--carry-names"];
    const through = { server: { url: server.address } };
    const printed = await commandOutput(fixture, addCompareCommand, words, through);
    await server.stop(0);
    expect(
      printed.endsWith(`
What 2 clusters that continued were given:
  0 → 0 its note
  1 → 1 "second"
What was kept, because the new cluster has it already:
  0 → 0 "its own", not "first"
  1 → 1 its own note
`),
    ).toBe(true);
    expect((await annotations()).slice(3)).toEqual([
      { id: cluster(1000), name: "its own", note: "noted" },
      { id: cluster(1001), name: "second", note: "its own note" },
    ]);
  });

  test("prints what it carried as JSON too, and carries nothing between a result and itself", async () => {
    expect(await compare(from, from, "--carry-names")).toContain(nothing);
    const { carried, kept } = JSON.parse(await compare(from, to, "--carry-names", "--json"));
    expect(carried).toMatchObject([
      { from: { label: 0 }, to: { id: id("Cluster", 1000), name: null }, name: "first", note: "noted" },
      { from: { label: 1 }, to: { id: id("Cluster", 1001) }, name: "second" },
    ]);
    expect(kept).toEqual([]);
  });

  test("reads a lineage that is longer than one request returns to its end", async () => {
    const count = 1203;
    const entry = (label: number) => ({
      from: { id: `old ${label}`, label, name: `name ${label}`, note: null },
      to: { id: `new ${label}`, label: count - label, name: null, note: null },
    });
    const lineage = Array.from({ length: count }, (_, label) => entry(label));
    const given: unknown[] = [];
    const execute = async (_: string, { skip, limit, input }: Record<string, never>) => {
      if (input) {
        given.push(input);
        return { annotateCluster: { __typename: "Cluster" } };
      }
      return { compareClusteringResults: { lineage: lineage.slice(skip, skip + limit) } };
    };
    const { carried } = await carryNames({ execute } as never, { from, to });
    expect(carried).toHaveLength(count);
    expect(given).toEqual(lineage.map(({ from, to }) => ({ id: to.id, name: from.name, note: undefined })));
  });
});
