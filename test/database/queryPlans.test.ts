import { setTimeout as delay } from "node:timers/promises";
import {
  type GraphQLEnumType,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vectorsById } from "../../src/analysis/assignment/assignVectors.js";
import { vectorsOfPairs } from "../../src/analysis/memberships/membershipsOfResult.js";
import { participants } from "../../src/analysis/neighbours/nearestOfResult.js";
import { countEmbeddings } from "../../src/database/embeddings/countEmbeddings.js";
import { vectorsQuery } from "../../src/database/postgres/loading/loadEmbeddings.js";
import { rowsQuery } from "../../src/database/sqlite/loadEmbeddings.js";
import { exportTables } from "../../src/export/exportedFile.js";
import { pageSelection } from "../../src/export/tables.js";
import { createClusteringHandler } from "../../src/jobs/clustering/clusteringHandler.js";
import { handlersByKind } from "../../src/jobs/queue/handler.js";
import { createJobRows } from "../../src/jobs/queue/jobRows.js";
import { createComparisons } from "../../src/resolvers/clusterings/comparisons.js";
import type { EmbeddingFilter } from "../../src/resolvers/clusterings/embeddingFilter.js";
import { embeddingsOfPairs } from "../../src/resolvers/loaders/exemplarsLoader.js";
import { schema } from "../../src/schema/index.js";
import { computingMetrics } from "../../src/server/observability/computingMetrics.js";
import { type ExecutedStatement, type Fixture, id, openFixture, uuid } from "../fixtures.js";
import { testedKind } from "../testDatabase.js";
import { writeManyRows } from "./manyRows.js";
import { type QueryPlan, queryPlan, rowsRead, stepsTaken } from "./queryPlan.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeManyRows(fixture);
}, 120_000);
afterAll(() => fixture.close());

const result = id("ClusteringResult", 2);
const cluster = id("Cluster", 60);
const run = id("Run", 70);
const page = "pageInfo { hasNextPage hasPreviousPage } edges { cursor node { id } }";

/** Connections by name, with their parent's field and the arguments that they need. */
const connections: Record<
  string,
  { within: string; field: string; args?: string; edge?: string; node?: string }
> = {
  runs: { within: "", field: "runs" },
  "runs of a network": { within: "", field: "runs", args: 'filter: { networks: [["painter 3"]] }' },
  "runs of a prompt": { within: "", field: "runs", args: 'filter: { initialPrompts: ["prompt 7"] }' },
  "runs of a model": { within: "", field: "runs", args: 'filter: { embeddingModel: "model 0" }' },
  clusteringResults: { within: "", field: "clusteringResults" },
  "clusteringResults of a model": {
    within: "",
    field: "clusteringResults",
    args: 'filter: { embeddingModel: "model 0", statuses: [SUCCEEDED, FAILED], algorithm: HDBSCAN }',
  },
  "clusteringResults of a model that succeeded": {
    within: "",
    field: "clusteringResults",
    args: 'filter: { embeddingModel: "model 0", statuses: [SUCCEEDED] }',
  },
  embeddingMaps: { within: "", field: "embeddingMaps" },
  "embeddingMaps of a model": { within: "", field: "embeddingMaps", args: 'embeddingModel: "model 0"' },
  "Run.invocations": { within: `run(id: "${run}")`, field: "invocations" },
  "Run.clusterPath": {
    within: `run(id: "${run}")`,
    field: "clusterPath",
    args: `clusteringResultId: "${result}"`,
    node: "{ probability isMedoid cluster { label medoidText } }",
  },
  "ClusteringResult.clusters": { within: `clusteringResult(id: "${result}")`, field: "clusters" },
  "ClusteringResult.clusters by size": {
    within: `clusteringResult(id: "${result}")`,
    field: "clusters",
    args: "orderBy: { field: SIZE, direction: ASCENDING }",
  },
  "ClusteringResult.clusters by persistence": {
    within: `clusteringResult(id: "${result}")`,
    field: "clusters",
    args: "orderBy: { field: PERSISTENCE, direction: DESCENDING }",
  },
  "ClusteringResult.outliers": {
    within: `clusteringResult(id: "${result}")`,
    field: "outliers",
    edge: "outlierScore",
  },
  "ClusteringResult.assignments": {
    within: `clusteringResult(id: "${result}")`,
    field: "assignments",
    node: "{ probability outlierScore isMedoid embedding { id } cluster { label } }",
  },
  "Cluster.members": {
    within: `cluster(id: "${cluster}")`,
    field: "members",
    edge: "isMedoid probability outlierScore",
  },
  "Cluster.medoidOccurrences": { within: `cluster(id: "${cluster}")`, field: "medoidOccurrences" },
  "Embedding.assignments": {
    within: `embedding(id: "${id("Embedding", 60)}")`,
    field: "assignments",
    node: "{ probability outlierScore clusteringResult { id } embedding { id } }",
  },
};

/** Connections whose pages are read in an index's order, and so only as far as the page goes. */
const readInOrder = [
  "runs",
  "clusteringResults",
  "embeddingMaps",
  "embeddingMaps of a model",
  "Run.invocations",
  "Run.clusterPath",
  "ClusteringResult.clusters",
  "ClusteringResult.outliers",
  "ClusteringResult.assignments",
  "Cluster.members",
];

const nodeTypes = [
  "Run",
  "Invocation",
  "EmbeddingModel",
  "Embedding",
  "ClusteringResult",
  "Cluster",
  "EmbeddingMap",
] as const;
const isConnection = ({ name }: { name: string }) => name.endsWith("Connection");

/**
 * A type's fields that are not connections, and need neither an argument nor a spanning tree, down to the next object
 * that has an id.
 */
function plainFields(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).filter(
    ({ name, args }) => !["merges", "assign", "exemplars"].includes(name) && !args.some(isRequiredArgument),
  );
  return fields
    .flatMap(({ name, type }) => {
      const named = getNamedType(type);
      if (isLeafType(named)) return name;
      if (!isObjectType(named) || isConnection(named)) return [];
      return `${name} { ${named.getFields().id ? "id" : plainFields(named)} }`;
    })
    .join(" ");
}

/** What clusters are counted by. */
const countedBy = (schema.getType("CompositionBy") as GraphQLEnumType).getValues().map(({ name }) => name);

const compositions = (field: string) =>
  countedBy
    .map((by) => {
      const args = `by: ${by}${by === "METADATA" ? ', key: "of"' : ""}`;
      return `${field}${by}: ${field}(${args}) { value count share lift run { id } }`;
    })
    .join(" ");

/** Everything else that the API can read. */
const others: Record<string, string> = {
  "the walk": `{ clusteringResult(id: "${result}") { clusters(first: 25) { edges { node {
    medoidText medoidEmbedding { id } medoidInvocation { run { id } input { outputImageUrl } } } } } } }`,
  "members, occurrences and texts of 25 clusters": `{ clusteringResult(id: "${result}") { clusters(first: 25) {
    edges { node { members(first: 5) { totalCount ${page} } medoidOccurrences { ${page} } topTexts { text } } } } } }`,
  "compositions of 25 clusters, and of the outliers": `{ clusteringResult(id: "${result}") {
    clusters(first: 25) { edges { node { distinctTextCount ${compositions("composition")} } } }
    ${compositions("outlierComposition")} } }`,
  "runs with their paths": `{ runs(first: 20) { edges { node {
    clusterPath(clusteringResultId: "${result}", first: 30) { totalCount edges { node { cluster { id } } } } } } } }`,
  "invocations with embeddings and assignments": `{ run(id: "${run}") { invocations(first: 50) { edges { node {
    embeddings { vector assignments { totalCount edges { node { clusteringResult { id } } } } }
    embedding(embeddingModel: "model 0") { assignment(clusteringResultId: "${result}") { probability } } } } } } }`,
  "nodes of every type": `{ nodes(ids: [${nodeTypes.map((type) => JSON.stringify(id(type, 1))).join(", ")}]) { id } }`,
  ...Object.fromEntries(
    nodeTypes.map((type) => [
      `every field of ${type}`,
      `{ node(id: "${id(type, 1)}") { ... on ${type} { ${plainFields(schema.getType(type) as GraphQLObjectType)} } } }`,
    ]),
  ),
  "positions of 500 embeddings": `{ nodes(ids: [${Array.from({ length: 500 }, (_, n) => JSON.stringify(id("Embedding", 7 * n))).join(", ")}]) {
    ... on Embedding { position(mapId: "${id("EmbeddingMap", 1)}") { x y } } } }`,
  "neighbours of embeddings": `{ clusteringResult(id: "${result}") { assignments(first: 3) { edges { node { embedding {
    neighbours(clusteringResultId: "${result}", limit: 2) { distance embedding { id } } } } } } } }`,
  "maps of results": `{ clusteringResults(last: 10) { edges { node { map { id } } } } }`,
  "a map": `{ embeddingMap(id: "${id("EmbeddingMap", 1)}") { id } }`,
  "a comparison": `{ compareClusteringResults(from: "${result}", to: "${id("ClusteringResult", 3)}") {
    from { id } to { id }
    ${plainFields(schema.getType("ClusteringComparison") as GraphQLObjectType)}
    overlaps(last: 5) { totalCount pageInfo { hasNextPage hasPreviousPage } edges { cursor node {
      ${plainFields(schema.getType("ClusterOverlap") as GraphQLObjectType)} } } } } }`,
  "a cluster by its label": `{ clusteringResult(id: "${result}") { cluster(label: 3) { id } } }`,
  "an estimate": `{ clusteringEstimate(input: { embeddingModel: "model 0" }) {
    ${plainFields(schema.getType("ClusteringEstimate") as GraphQLObjectType)} error { message } } }`,
  "the URL of an export": `{ clusteringResult(id: "${result}") { exportUrl(table: ASSIGNMENTS) } }`,
  "an invocation": `{ invocation(id: "${id("Invocation", 5)}") { id } }`,
  "500 embeddings": `{ nodes(ids: [${Array.from({ length: 500 }, (_, n) => JSON.stringify(id("Embedding", 7 * n))).join(", ")}]) { id } }`,
  "where embeddings belong that took part": `{ clusteringResult(id: "${result}") {
    assign(embeddingIds: [${Array.from({ length: 500 }, (_, n) => JSON.stringify(id("Embedding", 7 * n))).join(", ")}]) {
      embedding { id } cluster { id } probability nearest { id } distance } } }`,
  "one node": `{ node(id: "${id("Embedding", 3)}") { ... on Embedding { vector } } }`,
  models: `{ embeddingModels { name embeddingCount } }`,
  "the latest result": `{ latestClusteringResult(embeddingModel: "model 0") { id } }`,
  "the latest result of all": `{ latestClusteringResult { id } }`,
};

/** "Type.field" of each field that was read. */
const readFields = new Set<string>();

function noteFields(query: string): void {
  const types = new TypeInfo(schema);
  visit(
    parse(query),
    visitWithTypeInfo(types, {
      Field: (field) => {
        readFields.add(`${types.getParentType()}.${field.name.value}`);
      },
    }),
  );
}

/** The statements of a query. */
async function statementsOf(query: string): Promise<ExecutedStatement[]> {
  noteFields(query);
  fixture.executed.length = 0;
  await fixture.data(query);
  expect(fixture.executed.length).toBeGreaterThan(0);
  return [...fixture.executed];
}

const inBraces = (
  { within, field, args, edge = "", node = "{ id }" }: (typeof connections)[string],
  range: string,
  what: string,
) => {
  const all = [args, range].filter(Boolean).join(", ");
  const whole = `${field}${all && `(${all})`} { ${what.replaceAll("node { id }", `${edge} node ${node}`)} }`;
  return within ? `{ ${within} { ${whole} } }` : `{ ${whole} }`;
};

/** Every way to read a connection: both ends, both directions, from the middle, and counted. */
async function readings(connection: (typeof connections)[string]): Promise<ExecutedStatement[]> {
  const first = await fixture.data(inBraces(connection, "first: 10", "edges { cursor }"));
  let field = first;
  while (!field.edges) field = Object.values(field)[0];
  const [start, , , , end] = field.edges.map(({ cursor }: { cursor: string }) => cursor);
  const cursors = [`first: 3, after: "${start}"`, ...(end ? [`last: 3, before: "${end}"`] : [])];
  const executed: ExecutedStatement[] = [];
  for (const range of ["first: 10", "last: 10", ...cursors]) {
    executed.push(...(await statementsOf(inBraces(connection, range, page))));
  }
  executed.push(...(await statementsOf(inBraces(connection, "", "totalCount"))));
  return executed;
}

/** After this time a connection has reported its statistics, even one that is idle. */
const statisticsMilliseconds = 11_000;

/** No query scans these completely: they have a row for each embedding, or more. */
const large = ["Embedding", "ClusterAssignment", "Invocation", "MapPosition"];
const jobsByStatus = "Job_status_createdAt_id_idx";
const resultsByStatus = "ClusteringResult_status_createdAt_idx";
const mapsByStatus = "EmbeddingMap_status_createdAt_idx";
const usedIndexes = new Set<string>();

async function expectNoScan(executed: ExecutedStatement[]): Promise<void> {
  for (const statement of executed) {
    const { scanned, indexes, text } = await queryPlan(fixture.prisma, statement);
    for (const index of indexes) usedIndexes.add(index);
    expect(
      scanned.filter((table) => large.includes(table)),
      `${statement.sql}\n${text}`,
    ).toEqual([]);
  }
}

describe("no query scans a table of embeddings, assignments or invocations completely:", () => {
  test.each(Object.keys(connections))("%s", async (name) => {
    await expectNoScan(await readings(connections[name]));
  });

  test.each(Object.keys(others))("%s", async (name) => {
    await expectNoScan(await statementsOf(others[name]));
  });

  test("and the models of all invocations can be counted by their index alone", async () => {
    const executed = await statementsOf(`{
      networks { network runCount } initialPrompts(contains: "p") { text count } invocationModels { text count } }`);
    const counting = executed.filter(({ sql }) => sql.includes('"Invocation"'));
    expect(counting).toHaveLength(1);
    // PostgreSQL reads the index only where it is much smaller than the table, which depends on the texts.
    const { indexes, text } = await planWithoutScans(counting[0]);
    expect(indexes, text).toContain("Invocation_model_idx");
    for (const index of indexes) usedIndexes.add(index);
  });

  test("nor does a comparison of results of two embedding models", async () => {
    const where = { id: uuid("ClusteringResult", 3) };
    const setModel = (n: number) =>
      fixture.prisma.clusteringResult.update({
        where,
        data: { embeddingModelId: uuid("EmbeddingModel", n) },
      });
    await setModel(1);
    const query = `{ compareClusteringResults(from: "${result}", to: "${id("ClusteringResult", 3)}") { commonCount } }`;
    Object.assign(fixture.app, { comparisons: createComparisons(fixture.app.analyses) }); // nothing is known of what was compared before
    const executed = await statementsOf(query);
    await setModel(0);
    expect(executed.map(({ sql }) => sql.includes("GROUP BY"))).toEqual([false, true]);
    expect(executed[1].sql).toContain('"invocationId"');
    await expectNoScan(executed);
  });

  test.each([
    [
      "a sweep",
      `sweep(input: { minClusterSizes: [5] }) { ${plainFields(schema.getType("SweepPoint") as GraphQLObjectType)} }`,
    ],
    ["the clusters that outliers meet", "outliers(first: 5) { edges { nearestCluster { label } } }"],
    ["the distances at which they meet them", "outliers(first: 1) { edges { joinsAt } }"],
    ["the exemplars of clusters", "clusters(first: 2) { edges { node { exemplars(limit: 2) { id } } } }"],
    [
      "the memberships of embeddings",
      `assignments(first: 3) { edges { node { embedding {
        memberships(clusteringResultId: "${result}", limit: 2) { share cluster { id } } } } } }`,
    ],
    ["the merges of clusters", "merges { left right distance size }"],
    [
      "where vectors belong",
      `assign(vectors: [{ floats: [${Array(384).fill(1)}] }]) { distance nearest { id } }`,
    ],
    [
      "the condensed tree",
      `condensedTree { totalCount pageInfo { hasNextPage } edges { cursor node {
        ${plainFields(schema.getType("CondensedTreeNode") as GraphQLObjectType)} } } }`,
    ],
    ["the number of those that meet them early", "joiningOutliers(within: [1.1]) { within outlierCount }"],
  ])("%s, until it turns out that there is no spanning tree", async (_, field) => {
    const query = `{ clusteringResult(id: "${result}") { ${field} } }`;
    noteFields(query);
    fixture.executed.length = 0;
    const { errors } = await fixture.execute(query);
    const codes = new Set(errors?.map(({ extensions }) => extensions.code));
    expect(codes).toEqual(new Set(["TREE_MISSING"]));
    expect(fixture.executed.length).toBeGreaterThan(0);
    await expectNoScan([...fixture.executed]);
  });

  test("and these are all the fields that can be read", () => {
    const unread: string[] = [];
    const seen = new Set<GraphQLObjectType>();
    const look = (type: GraphQLObjectType) => {
      if (seen.has(type) || type.name === "PageInfo") return; // the cursors of the page determine it
      seen.add(type);
      for (const field of Object.values(type.getFields())) {
        const path = `${type.name}.${field.name}`;
        if (!readFields.has(path)) unread.push(path);
        const named = getNamedType(field.type);
        if (isObjectType(named)) look(named);
      }
    };
    look(schema.getQueryType()!);
    expect(seen.size).toBeGreaterThan(nodeTypes.length);
    expect(unread).toEqual([]);
  });

  test("nor do the monitoring's statements, which find what is queued, among thousands of results, by the status", async () => {
    const registry = new Registry();
    computingMetrics(fixture.app, [registry]);
    fixture.executed.length = 0;
    await registry.metrics();
    await expectNoScan(fixture.executed);
    const waiting = fixture.executed.filter(({ sql }) => !sql.includes("GROUP BY"));
    expect(waiting).toHaveLength(4);
    for (const statement of waiting) {
      const { indexes, text } = await queryPlan(fixture.prisma, statement);
      expect(indexes, text).toEqual([
        statement.sql.includes("EmbeddingMap") ? mapsByStatus : resultsByStatus,
      ]);
    }
  });

  test("nor do the queue's statements, which find what is queued, among thousands of jobs, by the status", async () => {
    fixture.executed.length = 0;
    const rows = createJobRows(fixture.app.database, {
      handlers: handlersByKind([createClusteringHandler({ ...fixture.app, threads: 1 })]),
      ...{ owner: "nobody", leaseMilliseconds: 1, maxAttempts: 1, now: Date.now },
    });
    expect(await rows.oldest([uuid("ClusteringResult", 0)])).toBeNull();
    expect(await rows.unfinished()).toEqual([]);
    expect(fixture.executed).toHaveLength(2);
    for (const statement of fixture.executed) {
      const { scanned, indexes, text } = await queryPlan(fixture.prisma, statement);
      expect({ scanned, indexes: new Set(indexes) }, text).toEqual({
        scanned: [],
        indexes: new Set([jobsByStatus]),
      });
      usedIndexes.add(jobsByStatus);
    }
  });
});

test.each(readInOrder)("the pages of %s are read in the order of an index, without sorting", async (name) => {
  for (const range of ["first: 10", "last: 10"]) {
    const executed = await statementsOf(inBraces(connections[name], range, "edges { cursor }"));
    const { sortsPage, text } = await queryPlan(fixture.prisma, executed.at(-1)!);
    expect(sortsPage, text).toBe(false);
  }
});

test
  .runIf(testedKind === "postgresql")
  .each(["Cluster.members", "ClusteringResult.outliers", "ClusteringResult.assignments"])(
  "of %s, of which there are hundreds, only the first five are read, by key, and one more for hasNextPage",
  async (name) => {
    const executed = await statementsOf(inBraces(connections[name], "first: 5", page));
    const read = await Promise.all(
      executed.map((statement) => rowsRead(fixture.prisma, "ClusterAssignment", statement)),
    );
    expect(read.reduce((a, b) => a + b)).toBeLessThanOrEqual(2 * 6);
  },
);

test.runIf(testedKind === "sqlite").each([
  ["Cluster.members", "first"],
  ["Cluster.members", "last"],
  ["ClusteringResult.outliers", "first"],
  ["ClusteringResult.outliers", "last"],
  ["ClusteringResult.assignments", "first"],
  ["ClusteringResult.assignments", "last"],
])(
  "of %s, of which there are hundreds, only the %s five are read: each row costs the same number of steps",
  async (name, end) => {
    const steps = async (size: number) => {
      const executed = await statementsOf(inBraces(connections[name], `${end}: ${size}`, page));
      return stepsTaken(fixture.prisma, executed.at(-1)!);
    };
    const [five, ten, all] = [await steps(5), await steps(10), await steps(500)];
    const aRow = (ten - five) / 5;
    expect(aRow).toBeGreaterThan(2);
    expect(all).toBeGreaterThan(100 * aRow);
    const begin = five - 6 * aRow; // one row more than the page has, for hasNextPage
    expect(begin).toBeLessThan(10 * aRow);
  },
);

test("medoid occurrences are found by their point: not all members are read", async () => {
  const executed = await statementsOf(
    inBraces(connections["Cluster.medoidOccurrences"], "first: 5", "edges { cursor }"),
  );
  const { indexes, text } = await queryPlan(fixture.prisma, executed.at(-1)!);
  expect(indexes, text).toContain("ClusterAssignment_clusterId_point_idx");
});

// PostgreSQL counts the scans of all its connections, including those for bulk work.
test.runIf(testedKind === "postgresql")(
  "no mutation scans a table of embeddings, assignments or invocations completely",
  async () => {
    const { prisma } = fixture;
    const scans = () =>
      prisma.$queryRaw`SELECT relname AS "table", seq_scan AS "scans" FROM pg_stat_user_tables
                       WHERE relname IN ('Embedding', 'ClusterAssignment', 'Invocation') ORDER BY 1`;
    const counted = () => delay(statisticsMilliseconds);
    await counted();
    const unscanned = await scans();
    await prisma.$queryRaw`SELECT count(*) FROM "Embedding" WHERE octet_length("vector") = 0`;
    await counted();
    const before = await scans();
    expect(before).not.toEqual(unscanned); // so that it is counted

    const outcome = await fixture.data(
      `mutation ($runs: [RunInput!]!, $run: ID!, $used: ID!, $result: ID!) {
          recordTrajectories(input: { runs: $runs }) { ... on RecordedTrajectories { embeddingCount } ... on InvalidInputError { message } }
          again: recordTrajectories(input: { runs: $runs }) { ... on RecordedTrajectories { embeddingCount } ... on InvalidInputError { message } }
          deleteRun(id: $run) { __typename }
          refused: deleteRun(id: $used) { __typename }
          deleteClusteringResult(id: $result) { __typename }
          cancelClustering(id: $result) { __typename }
          ofModel: clusterEmbeddings(input: { embeddingModel: "model 0", idempotencyKey: "once" }) { __typename }
          ofModelAgain: clusterEmbeddings(input: { embeddingModel: "model 0", idempotencyKey: "once" }) { __typename }
          ofRuns: clusterEmbeddings(input: { embeddingModel: "model 0", filter: { runIds: [$used] } }) { __typename }
          ofPrompts: clusterEmbeddings(input: {
            embeddingModel: "model 0", filter: { initialPrompts: ["prompt 7"], networks: [["painter 7"]] }
          }) { __typename }
          ofTooFew: clusterEmbeddings(input: {
            embeddingModel: "model 0", filter: { runIds: [$used], sequenceNumber: { max: 3 } }
          }) { __typename ... on NotEnoughEmbeddingsError { available } }
        }`,
      {
        run: id("Run", 1_000_000),
        used: run,
        result: id("ClusteringResult", 9),
        runs: [
          {
            ...{ id: uuid("Run", 1_000_000), network: ["painter"], initialPrompt: "a prompt" },
            invocations: [0, 1].map((n) => ({
              ...{ id: uuid("Invocation", 1_000_000 + n), sequenceNumber: n, model: "viewer", type: "TEXT" },
              ...{ outputText: "a text" },
              embeddings: [
                {
                  ...{ id: uuid("Embedding", 1_000_000 + n), embeddingModel: "model 0" },
                  vector: { floats: Array(384).fill(n + 1) },
                },
              ],
            })),
          },
        ],
      },
    );
    expect(outcome).toEqual({
      recordTrajectories: { embeddingCount: 2 },
      again: { embeddingCount: 0 },
      deleteRun: { __typename: "DeletedRun" },
      refused: { __typename: "RunInUseError" },
      deleteClusteringResult: { __typename: "DeletedClusteringResult" },
      cancelClustering: { __typename: "NotFoundError" },
      ofModel: { __typename: "ClusteringResult" },
      ofModelAgain: { __typename: "ClusteringResult" },
      ofRuns: { __typename: "ClusteringResult" },
      ofPrompts: { __typename: "ClusteringResult" },
      ofTooFew: { __typename: "NotEnoughEmbeddingsError", available: 2 },
    });
    await counted();
    expect(await scans()).toEqual(before);
  },
);

/** The columns that the deletion of a row searches for rows that refer to it. */
const foreignKeys = () =>
  testedKind === "postgresql"
    ? fixture.prisma.$queryRaw<{ table: string; column: string }[]>`
        SELECT c.conrelid::regclass::text AS "table", a.attname AS "column" FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f'`
    : fixture.prisma.$queryRaw<{ table: string; column: string }[]>`
        SELECT '"' || t.name || '"' AS "table", f."from" AS "column"
        FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`;

/** The plan that would be used if all tables were too large to be scanned: here some are small, or empty. */
async function planWithoutScans(statement: ExecutedStatement): Promise<QueryPlan> {
  if (testedKind === "sqlite") return queryPlan(fixture.prisma, statement);
  return fixture.prisma.$transaction(async (transaction) => {
    await transaction.$executeRawUnsafe("SET LOCAL enable_seqscan = off");
    return queryPlan(transaction, statement);
  });
}

const placeholder = () => fixture.app.database.dialect.placeholder(1);

test("every foreign key is checked through an index", async () => {
  const keys = await foreignKeys();
  expect(keys).toHaveLength(22);
  for (const { table, column } of keys) {
    const sql = `SELECT 1 FROM ${table} WHERE "${column}" = ${placeholder()}`;
    const values = [id("Run", 1).slice("Run:".length)];
    const { scanned, indexes, text } = await planWithoutScans({ sql, values });
    for (const index of indexes) usedIndexes.add(index);
    // A clustering refers to its model, and models are never deleted.
    if (table !== '"ClusteringResult"') expect(scanned, `${sql}\n${text}`).toEqual([]);
  }
});

describe("the embeddings that a filter selects are counted without scanning all of them, nor, if it names runs, all invocations:", () => {
  const filters: [name: string, filter: EmbeddingFilter][] = [
    ["runIds", { runIds: [uuid("Run", 70), uuid("Run", 71)] }],
    ["initialPrompts", { initialPrompts: ["prompt 7"] }],
    ["models", { models: ["painter"] }],
    ["sequenceNumber", { sequenceNumber: { min: 10 } }],
    ["everyNth", { everyNth: 3 }],
  ];
  test.each(filters)("%s", async (_, filter) => {
    const { dialect, longReads } = fixture.app.database;
    const selection = { ...filter, embeddingModelId: uuid("EmbeddingModel", 0) };
    fixture.executed.length = 0;
    expect(await countEmbeddings(longReads, dialect, selection)).toBeGreaterThan(0);
    const { scanned, text } = await queryPlan(fixture.prisma, fixture.executed[0]);
    const namesRuns = filter.runIds || filter.initialPrompts;
    expect(
      scanned.filter((table) => large.includes(table) && (namesRuns || table !== "Invocation")),
      text,
    ).toEqual([]);
  });
});

test.each(exportTables)("a page of exported %s is read by key in the order of an index", async (table) => {
  const { dialect } = fixture.app.database;
  for (const after of [null, table === "CLUSTERS" ? 3 : uuid("Embedding", 60)]) {
    const page = { clusteringResultId: uuid("ClusteringResult", 2), table, vectors: true, after, limit: 10 };
    const { sql, parameters } = pageSelection(dialect, page);
    const { scanned, sortsPage, text } = await queryPlan(fixture.prisma, { sql, values: parameters });
    expect({ scanned: scanned.filter((name) => large.includes(name)), sortsPage }, text).toEqual({
      scanned: [],
      sortsPage: false,
    });
  }
});

test("a search for neighbours reads the embeddings that took part by their key, without sorting", async () => {
  const { dialect } = fixture.app.database;
  const after = uuid("Embedding", 50);
  for (const condition of [{ after: null }, { after }, { ids: [after, uuid("Embedding", 7)] }]) {
    const { sql, parameters } = participants(dialect, uuid("ClusteringResult", 2), condition, 10);
    const { scanned, sortsPage, text } = await queryPlan(fixture.prisma, { sql, values: parameters });
    const sorts = sortsPage && !("ids" in condition); // a list of ids is in no order
    expect({ scanned: scanned.filter((name) => large.includes(name)), sorts }, text).toEqual({
      scanned: [],
      sorts: false,
    });
  }
});

test("vectors to assign are read by the keys of their embeddings", async () => {
  const ids = [uuid("Embedding", 50), uuid("Embedding", 7)];
  const { sql, parameters } = vectorsById(fixture.app.database.dialect, ids);
  const { scanned, text } = await queryPlan(fixture.prisma, { sql, values: parameters });
  expect(
    scanned.filter((name) => large.includes(name)),
    text,
  ).toEqual([]);
});

test("exemplars, and their vectors, are found by the index of cluster and vector", async () => {
  const { dialect } = fixture.app.database;
  const pairs: [string, number][] = [
    [uuid("Cluster", 60), 60],
    [uuid("Cluster", 61), 61],
  ];
  const embeddings = {
    sql: embeddingsOfPairs(dialect, dialect.placeholder(1)),
    parameters: [JSON.stringify(pairs)],
  };
  for (const { sql, parameters } of [vectorsOfPairs(dialect, pairs), embeddings]) {
    const { scanned, indexes, text } = await queryPlan(fixture.prisma, { sql, values: [...parameters] });
    expect(
      scanned.filter((name) => large.includes(name)),
      text,
    ).toEqual([]);
    expect(indexes, text).toContain("ClusterAssignment_clusterId_point_idx");
  }
});

test("the loader finds the embeddings of a model by an index", async () => {
  const selection = { embeddingModelId: uuid("EmbeddingModel", 0) };
  const { sql, parameters } = testedKind === "postgresql" ? vectorsQuery(selection) : rowsQuery(selection);
  const { indexes, text } = await queryPlan(fixture.prisma, { sql, values: parameters });
  expect(indexes, text).toContain("Embedding_embeddingModelId_idx");
  usedIndexes.add("Embedding_embeddingModelId_idx");
});

test("every index is used by one of these, or enforces uniqueness", async () => {
  const rows =
    testedKind === "postgresql"
      ? await fixture.prisma.$queryRaw<{ name: string }[]>`
          SELECT c.relname AS "name" FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
          WHERE NOT i.indisunique AND c.relnamespace = 'public'::regnamespace`
      : await fixture.prisma.$queryRaw<{ name: string }[]>`
          SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX%'`;
  expect(rows.length).toBeGreaterThan(8);
  expect(rows.map(({ name }) => name).filter((name) => !usedIndexes.has(name))).toEqual([]);
});
