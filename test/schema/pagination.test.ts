import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Fixture, id, openFixture, uuid, writeClustering, writeRuns } from "../fixtures.js";

let fixture: Fixture;

/** Tests that write: each has a database of its own. */
function useOwnFixtures() {
  beforeEach(async () => {
    fixture = await openFixture();
  });
  afterEach(() => fixture.close());
}

/** Tests that only read what `writeSome` has written. */
function shareFixture() {
  beforeAll(async () => {
    fixture = await openFixture();
    await writeSome();
  });
  afterAll(() => fixture.close());
}

interface PageArguments {
  first?: number;
  last?: number;
  after?: string;
  before?: string;
}

interface Page {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  edges: { cursor: string; node: { id: string } }[];
}

const variables = "$first: Int, $last: Int, $after: String, $before: String";
const page = "(first: $first, last: $last, after: $after, before: $before)";
const content =
  "{ totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } }";

/** The connections of the API, each as a field of a query, and how to find it in the data. */
const connections = {
  "Query.runs": [`runs${page} ${content}`, (data) => data.runs],
  "Query.clusteringResults": [`clusteringResults${page} ${content}`, (data) => data.clusteringResults],
  "Run.invocations": [
    `run(id: "${id("Run", 1)}") { invocations${page} ${content} }`,
    (data) => data.run.invocations,
  ],
  "Run.clusterPath": [
    `run(id: "${id("Run", 1)}") {
      clusterPath(clusteringResultId: "${id("ClusteringResult", 0)}", first: $first, last: $last, after: $after, before: $before) ${content.replace("node { id }", "node { embedding { id } }")}
    }`,
    (data) => data.run.clusterPath,
  ],
  "ClusteringResult.clusters": [
    `clusteringResult(id: "${id("ClusteringResult", 0)}") { clusters${page} ${content} }`,
    (data) => data.clusteringResult.clusters,
  ],
  "ClusteringResult.clusters by ascending size": [
    `clusteringResult(id: "${id("ClusteringResult", 0)}") {
      clusters(orderBy: { field: SIZE, direction: ASCENDING }, first: $first, last: $last, after: $after, before: $before) ${content}
    }`,
    (data) => data.clusteringResult.clusters,
  ],
  "ClusteringResult.clusters by persistence": [
    `clusteringResult(id: "${id("ClusteringResult", 0)}") {
      clusters(orderBy: { field: PERSISTENCE }, first: $first, last: $last, after: $after, before: $before) ${content}
    }`,
    (data) => data.clusteringResult.clusters,
  ],
  "ClusteringResult.outliers": [
    `clusteringResult(id: "${id("ClusteringResult", 0)}") { outliers${page} ${content} }`,
    (data) => data.clusteringResult.outliers,
  ],
  "ClusteringResult.assignments": [
    `clusteringResult(id: "${id("ClusteringResult", 6)}") { assignments${page} ${content.replace("node { id }", "node { embedding { id } }")} }`,
    (data) => data.clusteringResult.assignments,
  ],
  "Cluster.members": [
    `cluster(id: "${id("Cluster", 0)}") { members${page} ${content} }`,
    (data) => data.cluster.members,
  ],
  "Cluster.medoidOccurrences": [
    `cluster(id: "${id("Cluster", 0)}") { medoidOccurrences${page} ${content} }`,
    (data) => data.cluster.medoidOccurrences,
  ],
  "Embedding.assignments": [
    `embedding(id: "${id("Embedding", 0)}") { assignments${page} ${content.replace("node { id }", "node { clusteringResult { id } }")} }`,
    (data) => data.embedding.assignments,
  ],
  // biome-ignore lint/suspicious/noExplicitAny: what a query gives
} satisfies Record<string, [string, (data: any) => Page]>;

async function read(connection: keyof typeof connections, args: PageArguments): Promise<Page> {
  const [field, find] = connections[connection];
  const data = await fixture.data(`query(${variables}) { ${field} }`, { ...args });
  return find(data) as Page;
}

const ids = ({ edges }: Page) => edges.map(({ node }) => JSON.stringify(node));

/** Seven or eight rows in every connection, with ties in every order that can have them. */
async function writeSome() {
  await writeRuns(fixture, { runs: 7, steps: 14 });
  const sizes = [14, 6, 6, 5, 4, 3, 3]; // of 41, and 8 outliers
  const labels = sizes.flatMap((size, label) => Array.from({ length: size }, () => label));
  for (let result = 0; result < 6; result++) {
    await writeClustering(fixture, {
      result,
      embeddings: 49,
      assign: (n) => ({
        label: labels[n] ?? -1,
        probability: labels[n] === undefined ? 0 : 1 - (n % 3) / 10,
        outlierScore: (n % 4) / 4,
        point: n % 2,
      }),
      medoids: sizes.map((_, label) => labels.indexOf(label) + 1),
      persistence: [0.1, 0.3, 0.3, 0.2, 0.9, 0.3, 0.1],
    });
  }
  await writeClustering(fixture, { result: 6, embeddings: 8, assign: (n) => ({ label: (n % 3) - 1 }) });
}

/**
 * The Relay specification's algorithm, on the whole list, with this API's choices where the specification leaves them
 * open.
 */
function relayPage(all: string[], cursors: string[], { first, last, after, before }: PageArguments) {
  const from = after === undefined ? 0 : cursors.indexOf(after) + 1;
  const to = before === undefined ? all.length : cursors.indexOf(before);
  let [start, end] = [from, Math.max(from, to)];
  if (first !== undefined) end = Math.min(end, start + first);
  if (last !== undefined) start = Math.max(start, end - last);
  if (first === undefined && last === undefined) end = Math.min(end, start + 20);
  return { nodes: all.slice(start, end), hasPreviousPage: start > 0, hasNextPage: end < all.length };
}

/** None, one of the two, or both: fewer than there are, none, and more; the smaller first, and the smaller last. */
const sizes: [first?: number, last?: number][] = [
  [],
  [0],
  [2],
  [20],
  [undefined, 0],
  [undefined, 2],
  [undefined, 20],
  [0, 2],
  [2, 20],
  [20, 2],
];

describe("every connection", () => {
  shareFixture();

  test.each(Object.keys(connections) as (keyof typeof connections)[])(
    "%s returns the page that the Relay specification requires, for every combination of arguments",
    async (name) => {
      const whole = await read(name, {});
      const all = ids(whole);
      const cursors = whole.edges.map(({ cursor }) => cursor);
      expect(all.length).toBeGreaterThanOrEqual(7);
      expect(new Set(all).size).toBe(all.length);
      expect(whole.totalCount).toBe(all.length);
      expect(whole.pageInfo).toEqual({
        hasNextPage: false,
        hasPreviousPage: false,
        startCursor: cursors[0],
        endCursor: cursors.at(-1),
      });

      const places = [undefined, cursors[0], cursors.at(-1)];
      for (const [first, last] of sizes) {
        for (const after of places) {
          for (const before of places) {
            const args = JSON.parse(JSON.stringify({ first, last, after, before })) as PageArguments;
            // A range whose ends have crossed is empty; whether there are rows beyond it is not checked here.
            if (
              after !== undefined &&
              before !== undefined &&
              cursors.indexOf(after) >= cursors.indexOf(before)
            ) {
              expect(ids(await read(name, args))).toEqual([]);
              continue;
            }
            const got = await read(name, args);
            const { hasNextPage, hasPreviousPage, startCursor, endCursor } = got.pageInfo;
            expect({ args, nodes: ids(got), hasNextPage, hasPreviousPage }).toEqual({
              args,
              ...relayPage(all, cursors, args),
            });
            expect([startCursor, endCursor]).toEqual([
              got.edges[0]?.cursor ?? null,
              got.edges.at(-1)?.cursor ?? null,
            ]);
            expect(got.totalCount).toBe(all.length);
          }
        }
      }
    },
  );
});

describe("the order", () => {
  shareFixture();

  test("of runs and results is newest first, equal times by descending id", async () => {
    const newest = (type: "Run" | "ClusteringResult") =>
      [6, 5, 4, 3, 2, 1, 0].map((n) => JSON.stringify({ id: id(type, n) }));
    expect(ids(await read("Query.runs", {}))).toEqual(newest("Run"));
    expect(ids(await read("Query.clusteringResults", {}))).toEqual(newest("ClusteringResult"));
  });

  test("of clusters is the largest first, or as requested", async () => {
    const labels = async (orderBy: string) => {
      const data = await fixture.data(
        `query($id: ID!) { clusteringResult(id: $id) { clusters${orderBy} { edges { node { label } } } } }`,
        { id: id("ClusteringResult", 0) },
      );
      return data.clusteringResult.clusters.edges.map((edge: { node: { label: number } }) => edge.node.label);
    };
    expect(await labels("")).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await labels("(orderBy: { field: SIZE })")).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await labels("(orderBy: { field: SIZE, direction: ASCENDING })")).toEqual([5, 6, 4, 3, 1, 2, 0]);
    expect(await labels("(orderBy: { field: PERSISTENCE })")).toEqual([4, 1, 2, 5, 3, 0, 6]);
    expect(await labels("(orderBy: { field: PERSISTENCE, direction: ASCENDING })")).toEqual([
      0, 6, 3, 1, 2, 5, 4,
    ]);
  });

  test("of members is the strongest first, of outliers the highest score, equal ones by embedding id", async () => {
    const embeddings = (numbers: number[]) => numbers.map((n) => JSON.stringify({ id: id("Embedding", n) }));
    expect(ids(await read("Cluster.members", {}))).toEqual(
      embeddings([0, 3, 6, 9, 12, 1, 4, 7, 10, 13, 2, 5, 8, 11]),
    );
    expect(ids(await read("ClusteringResult.outliers", {}))).toEqual(
      embeddings([43, 47, 42, 46, 41, 45, 44, 48]),
    );
  });

  test("of assignments is that of the embeddings' ids, whether they are in a cluster or not", async () => {
    const all = ids(await read("ClusteringResult.assignments", {}));
    expect(all).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => JSON.stringify({ embedding: { id: id("Embedding", n) } })),
    );
  });

  test("of medoid occurrences is the medoid, then by run and step", async () => {
    // The medoid of cluster 0 is embedding 1; the embeddings equal to it have odd numbers.
    expect(ids(await read("Cluster.medoidOccurrences", {}))).toEqual(
      [1, 3, 5, 7, 9, 11, 13].map((n) => JSON.stringify({ id: id("Embedding", n) })),
    );
  });
});

describe("cursors", () => {
  useOwnFixtures();

  test("stay valid when rows are added before and after them", async () => {
    await writeRuns(fixture, { runs: 4 });
    const firstPage = await read("Query.runs", { first: 2 });
    expect(ids(firstPage)).toEqual([3, 2].map((n) => JSON.stringify({ id: id("Run", n) })));
    await writeRuns(fixture, { from: 4, runs: 2 });
    const secondPage = await read("Query.runs", { first: 2, after: firstPage.pageInfo.endCursor });
    expect(ids(secondPage)).toEqual([1, 0].map((n) => JSON.stringify({ id: id("Run", n) })));
    expect(secondPage).toMatchObject({
      totalCount: 6,
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    const newer = await read("Query.runs", { last: 5, before: firstPage.pageInfo.startCursor });
    expect(ids(newer)).toEqual([5, 4].map((n) => JSON.stringify({ id: id("Run", n) })));
  });

  test("stay valid when their row is removed", async () => {
    await writeRuns(fixture, { runs: 4, steps: 0 });
    const { edges } = await read("Query.runs", {});
    await fixture.prisma.run.delete({ where: { id: uuid("Run", 2) } });
    const rest = await read("Query.runs", { after: edges[1].cursor });
    expect(ids(rest)).toEqual([1, 0].map((n) => JSON.stringify({ id: id("Run", n) })));
    // No rows are left before the removed one, once the one before it is removed too.
    await fixture.prisma.run.delete({ where: { id: uuid("Run", 3) } });
    expect((await read("Query.runs", { after: edges[1].cursor })).pageInfo.hasPreviousPage).toBe(false);
  });
});

describe("cursors that were not given", () => {
  shareFixture();

  test("of another connection or order, or forged, are refused", async () => {
    const { endCursor } = (await read("Cluster.members", { first: 1 })).pageInfo;
    const bySize = (await read("ClusteringResult.clusters", { first: 1 })).pageInfo.endCursor;
    const refused = async (name: keyof typeof connections, args: PageArguments) => {
      const { errors } = await fixture.execute(`query(${variables}) { ${connections[name][0]} }`, {
        ...args,
      });
      return errors?.map(({ message, extensions }) => [extensions.code, message]);
    };
    const message = (argument: string) => [
      ["INVALID_INPUT", `${argument}: is not a cursor of this connection in this order.`],
    ];
    expect(await refused("Query.runs", { after: endCursor })).toEqual(message("after"));
    expect(await refused("ClusteringResult.clusters by persistence", { before: bySize })).toEqual(
      message("before"),
    );
    for (const after of [
      "",
      "no cursor",
      "W10",
      ...['["runs",null,"x"]', '["runs","x","x"]', '["runs",1e17,"x"]'].map(btoa),
    ]) {
      expect(await refused("Query.runs", { after })).toEqual(message("after"));
    }
    expect(fixture.internalErrors).toEqual([]);
  });
});

describe("page sizes", () => {
  useOwnFixtures();

  test("are 20 by default", async () => {
    await writeRuns(fixture, { runs: 1, steps: 44 });
    await writeClustering(fixture, { embeddings: 22, assign: () => ({ label: 0 }) });
    const { edges, pageInfo } = await read("Cluster.members", {});
    expect(edges).toHaveLength(20);
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  test("are at most 500; above that there is an error, and the page is never cut silently", async () => {
    await writeRuns(fixture, { runs: 1, steps: 1002 });
    await writeClustering(fixture, { embeddings: 501, assign: () => ({ label: 0 }) });
    const { edges, totalCount, pageInfo } = await read("Cluster.members", { first: 500 });
    expect([edges.length, totalCount, pageInfo.hasNextPage]).toEqual([500, 501, true]);
    for (const args of [{ first: 501 }, { last: 501 }, { first: -1 }, { last: -1 }]) {
      const [[name, value]] = Object.entries(args);
      const { data, errors } = await fixture.execute(
        `query(${variables}) { ${connections["Cluster.members"][0]} }`,
        args,
      );
      expect(data).toEqual({ cluster: null });
      expect(errors).toMatchObject([
        {
          path: ["cluster", "members"],
          extensions: {
            code: "INVALID_INPUT",
            issues: [{ path: [name], message: "must be from 0 to 500.", value: String(value) }],
          },
        },
      ]);
    }
  });
});
