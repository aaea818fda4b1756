import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServer } from "../../src/server/server.js";
import { type Fixture, id, openFixture, uuid, writeClustering, writeRuns } from "../fixtures.js";

/** How many statements each query takes, which must not grow with the number of rows. */
let fixture: Fixture;
const largeResult = { id: id("ClusteringResult", 0) };
const smallResult = { id: id("ClusteringResult", 1) };

beforeAll(async () => {
  fixture = await openFixture();
  // 20 runs of 60 steps: 600 embeddings.
  await writeRuns(fixture, { runs: 20, steps: 60, text: (n) => `text ${n % 7}` });
  await writeClustering(fixture, {
    result: 0,
    embeddings: 600,
    assign: (n) => ({
      label: n % 31 === 30 ? -1 : n % 30,
      point: n % 60,
      probability: n % 31 === 30 ? 0 : 0.5,
    }),
  });
  await writeClustering(fixture, { result: 1, embeddings: 60, assign: (n) => ({ label: n % 3 }) });
});
afterAll(() => fixture.close());

async function count(query: string, variables: Record<string, unknown>) {
  fixture.statements.length = 0;
  const data = await fixture.data(query, variables);
  return { data, statements: fixture.statements.length };
}

const walk = `query Walk($id: ID!) {
  clusteringResult(id: $id) {
    id status embeddingCount clusterCount outlierCount
    clusters(first: 25) {
      edges {
        node {
          label size share medoidText
          medoidEmbedding { id }
          medoidInvocation {
            id model sequenceNumber
            run { id network initialPrompt }
            input { id model outputImageUrl }
          }
        }
      }
    }
  }
}`;

describe("the number of statements", () => {
  test("of the walk is 6, for 25 clusters as for 3", async () => {
    const large = await count(walk, largeResult);
    expect(large.data.clusteringResult.clusters.edges).toHaveLength(25);
    expect(large.statements).toBe(6);
    const small = await count(walk, smallResult);
    expect(small.data.clusteringResult.clusters.edges).toHaveLength(3);
    expect(small.statements).toBe(6);
  });

  test("of 25 clusters with names and notes is one more than without, and of the result's own as well", async () => {
    const query = `query($id: ID!) {
      clusteringResult(id: $id) { name note clusters(first: 25) { edges { node { label name note } } } }
    }`;
    for (const label of [3, 7]) {
      const input = { id: id("Cluster", label), name: `cluster ${label}` };
      const annotate = `mutation($input: AnnotateClusterInput!) { annotateCluster(input: $input) { __typename } }`;
      await fixture.data(annotate, { input });
    }
    const { data, statements } = await count(query, largeResult);
    const named = data.clusteringResult.clusters.edges.filter(({ node }: NamedEdge) => node.name !== null);
    expect(named.map(({ node }: NamedEdge) => [node.label, node.name])).toEqual([
      [3, "cluster 3"],
      [7, "cluster 7"],
    ]);
    expect(statements).toBe(4);
    expect((await count(query, smallResult)).statements).toBe(4);
  });

  test("of 25 clusters with members, medoid occurrences and top texts is 5", async () => {
    const query = `query($id: ID!) {
      clusteringResult(id: $id) {
        clusters(first: 25) {
          edges {
            node {
              members(first: 5) { totalCount pageInfo { hasNextPage } edges { probability isMedoid node { id } } }
              medoidOccurrences { edges { node { id } } }
              topTexts { text count }
            }
          }
        }
      }
    }`;
    const { data, statements } = await count(query, largeResult);
    const [first] = data.clusteringResult.clusters.edges;
    expect(first.node.members.edges).toHaveLength(5);
    expect(first.node.medoidOccurrences.edges).toHaveLength(10);
    expect(first.node.topTexts).toHaveLength(7);
    expect(statements).toBe(5);
    expect((await count(query, smallResult)).statements).toBe(5);
  });

  test("of 25 clusters with composition by network is 3; that of the outliers, and by others, is one more each", async () => {
    const shares = "{ value count share lift }";
    const query = (more: string) => `query($id: ID!) {
      clusteringResult(id: $id) {
        clusters(first: 25) { edges { node { composition(by: NETWORK) ${shares} ${more} } } }
        outlierComposition(by: NETWORK) ${shares}
      }
    }`;
    // The small result has no outliers to count.
    for (const [result, ofOutliers] of [[largeResult, 1] as const, [smallResult, 0] as const]) {
      const { data, statements } = await count(query(""), result);
      expect(data.clusteringResult.clusters.edges[0].node.composition).toHaveLength(2);
      expect(statements).toBe(3 + ofOutliers);
      const others = `prompts: composition(by: INITIAL_PROMPT) ${shares} models: composition(by: MODEL) ${shares}
        tenths: composition(by: SEQUENCE_DECILE) ${shares} of: composition(by: METADATA, key: "of") ${shares}
        distinctTextCount`;
      expect((await count(query(others), result)).statements).toBe(8 + ofOutliers);
      // With the runs, which are read together.
      const runs = "runs: composition(by: RUN) { run { network } count }";
      expect((await count(query(runs), result)).statements).toBe(5 + ofOutliers);
    }
  });

  test("of a page of assignments, with each one's cluster, invocation and run is 6, for 500 as for 5", async () => {
    const query = `query($id: ID!, $first: Int!) {
      clusteringResult(id: $id) {
        assignments(first: $first) {
          totalCount
          edges {
            node {
              probability outlierScore isMedoid
              cluster { label }
              embedding { id invocation { sequenceNumber outputText run { network } } }
            }
          }
        }
      }
    }`;
    for (const first of [500, 5]) {
      const { data, statements } = await count(query, { ...largeResult, first });
      expect(data.clusteringResult.assignments).toMatchObject({ totalCount: 600, edges: { length: first } });
      expect(statements).toBe(6);
    }
  });

  test("of 20 runs with their paths, each step's cluster and its medoid's text is 6", async () => {
    const query = `query($id: ID!, $runs: Int!) {
      runs(first: $runs) {
        edges {
          node {
            clusterPath(clusteringResultId: $id, first: 30) {
              edges { node { probability isMedoid cluster { label medoidText } } }
            }
          }
        }
      }
    }`;
    const { data, statements } = await count(query, { ...largeResult, runs: 20 });
    expect(data.runs.edges).toHaveLength(20);
    for (const { node } of data.runs.edges) expect(node.clusterPath.edges).toHaveLength(30);
    expect(statements).toBe(6);
    expect((await count(query, { ...largeResult, runs: 1 })).statements).toBe(6);
  });

  test("of 50 invocations with their embeddings, assignments and the number of these is 7", async () => {
    const query = `query($run: ID!, $first: Int!) {
      run(id: $run) {
        invocations(first: $first) {
          edges {
            node {
              embeddings {
                id
                embeddingModel { name }
                assignments { totalCount edges { node { probability clusteringResult { id } } } }
              }
            }
          }
        }
      }
    }`;
    const { data, statements } = await count(query, { run: id("Run", 0), first: 50 });
    const { edges } = data.run.invocations;
    expect(edges).toHaveLength(50);
    expect(edges[1].node.embeddings[0].assignments).toMatchObject({ totalCount: 2, edges: { length: 2 } });
    // The run, its invocations, their embeddings, the model, the assignments, their count, their results.
    expect(statements).toBe(7);
    expect((await count(query, { run: id("Run", 0), first: 2 })).statements).toBe(7);
  });

  test("of 20 runs with their numbers of invocations and their metadata is 3", async () => {
    const query = `query($runs: Int!) {
      runs(first: $runs) { edges { node { createdAt invocationCount metadata } } }
    }`;
    const { data, statements } = await count(query, { runs: 20 });
    expect(data.runs.edges.map(({ node }: { node: object }) => node)).toEqual(
      Array(20).fill({ createdAt: expect.any(String), invocationCount: 60, metadata: null }),
    );
    expect(statements).toBe(3);
    expect((await count(query, { runs: 1 })).statements).toBe(3);
  });

  test("of 30 images with their sizes and lengths is 4, and of those whose head is long one more", async () => {
    const query = `query($run: ID!, $first: Int!) {
      run(id: $run) {
        invocations(first: $first) { edges { node { outputImage { width height byteLength mediaType url } } } }
      }
    }`;
    const { data, statements } = await count(query, { run: id("Run", 1), first: 60 });
    const images = data.run.invocations.edges.map(({ node }: Edge) => node.outputImage);
    expect(images.filter((image: unknown) => image !== null)).toHaveLength(30);
    expect(statements).toBe(4);
    expect((await count(query, { run: id("Run", 1), first: 1 })).statements).toBe(4);

    const bytes = Buffer.from(`<!--${" ".repeat(5000)}--><svg width="3" height="4"/>`);
    const invocationIds = Array.from({ length: 30 }, (_, n) => uuid("Invocation", 120 + 2 * n));
    await fixture.prisma.outputImage.updateMany({
      where: { invocationId: { in: invocationIds } },
      data: { bytes },
    });
    const long = await count(query, { run: id("Run", 2), first: 60 });
    expect(long.data.run.invocations.edges[0].node.outputImage).toMatchObject({
      ...{ width: 3, height: 4, byteLength: bytes.length },
    });
    expect(long.statements).toBe(5);
  });

  test("of nodes of all types is 6, one per type, for 100 as for 10", async () => {
    const query = `query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`;
    const rows = {
      Run: 20,
      Invocation: 1200,
      EmbeddingModel: 1,
      Embedding: 600,
      ClusteringResult: 2,
      Cluster: 30,
    };
    const types = Object.keys(rows) as (keyof typeof rows)[];
    // The types take turns, as long as there are rows of a type.
    const all = Array.from({ length: 50 }, (_, n) =>
      types.filter((type) => n < rows[type]).map((type) => id(type, n)),
    ).flat();
    for (const size of [10, 100]) {
      const ids = all.slice(0, size);
      const { data, statements } = await count(query, { ids });
      expect(data.nodes).toEqual(ids.map((given) => ({ __typename: given.split(":")[0], id: given })));
      expect(new Set(data.nodes.map((node: { __typename: string }) => node.__typename)).size).toBe(6);
      expect(statements).toBe(6);
    }
    // Ids of rows that do not exist cost nothing more.
    const absent = types.map((type) => id(type, 9999));
    const { data, statements } = await count(query, { ids: [...all.slice(0, 94), ...absent] });
    expect(data.nodes.slice(94)).toEqual(absent.map(() => null));
    expect(statements).toBe(6);
  });

  test("of 500 nodes of one type is one: a long list is one parameter", async () => {
    const ids = Array.from({ length: 500 }, (_, n) => id("Embedding", n));
    const { data, statements } = await count(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids });
    expect(data.nodes.map((node: { id: string }) => node.id)).toEqual(ids);
    expect(statements).toBe(1);
  });

  test("of a count only is one, and none if the count is stored", async () => {
    expect((await count(`{ runs { totalCount } }`, {})).statements).toBe(1);
    const query = `query($id: ID!) {
      clusteringResult(id: $id) { clusters { totalCount } outliers { totalCount } assignments { totalCount } exportUrl(table: CLUSTERS) }
    }`;
    const { data, statements } = await count(query, largeResult);
    expect(data.clusteringResult).toEqual({
      clusters: { totalCount: 30 },
      outliers: { totalCount: 19 },
      assignments: { totalCount: 600 },
      exportUrl: `http://medoid.test/exports/${uuid("ClusteringResult", 0)}/clusters.parquet`,
    });
    expect(statements).toBe(1);
  });
});

interface NamedEdge {
  node: { label: number; name: string | null };
}

interface Edge {
  node: { outputImage: object | null };
}

describe("the columns that are read", () => {
  /** The columns of all tables that hold vectors, metadata or the bytes of images. */
  const heavy = /["`.](vector|bytes|metadata)["`]/i;

  test.each([
    ["the walk", walk, largeResult],
    [
      "pages of embeddings",
      `query($id: ID!) { clusteringResult(id: $id) {
        outliers { edges { node { id dimensions } } }
        clusters(first: 3) { edges { node { members { edges { node { id } } } medoidOccurrences { edges { node { id } } } } } }
      } }`,
      largeResult,
    ],
    [
      "invocations with images and embeddings",
      `query($id: ID!) { run(id: $id) { invocations { edges { node {
        type externalId outputImageUrl outputImage { mediaType url } embeddings { id } embedding(embeddingModel: "words") { id assignments { totalCount } } } } } } }`,
      { id: id("Run", 0) },
    ],
    [
      "nodes",
      "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
      { ids: [id("Embedding", 1), id("Invocation", 0)] },
    ],
  ])("by %s include no vector, no metadata and no bytes of images", async (_, query, variables) => {
    const { statements } = await count(query, variables);
    expect(statements).toBeGreaterThan(0);
    expect(fixture.statements.filter((sql) => heavy.test(sql))).toEqual([]);
  });

  test.each([
    ["vector", [0, 1]],
    ["vectorBase64", "AAAAAAAAgD8="],
  ])("include each vector that is requested as %s, with one statement for all", async (field, first) => {
    const ids = Array.from({ length: 20 }, (_, n) => id("Embedding", n));
    const query = `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Embedding { ${field} } } }`;
    const { data } = await count(query, { ids });
    expect(data.nodes[0][field]).toEqual(first);
    expect(fixture.statements.filter((sql) => heavy.test(sql))).toHaveLength(1);
  });

  test("include the bytes of an image only when they are requested, at its address", async () => {
    const server = createServer(fixture.app);
    const base = await server.listen(0, "127.0.0.1");
    try {
      fixture.statements.length = 0;
      const response = await fetch(`${base}/images/${uuid("Invocation", 0)}`);
      expect(await response.text()).toBe('<svg id="0"/>');
      expect(fixture.statements.filter((sql) => heavy.test(sql))).toHaveLength(1);
    } finally {
      await server.stop(0);
    }
  });
});
