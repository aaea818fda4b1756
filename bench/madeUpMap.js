// A made-up map with islands, and a result whose clusters they are, written to a SQLite database.
import { randomUUID } from "node:crypto";
import { random } from "./points.js";

const dimensions = 384;
const stepsOfRun = 100;
const outliers = 0.4;
const time = "2026-01-01T00:00:00.000+00:00";

/**
 * The rows of both are in the order of random ids.
 * @param database an open libsql database that has Medoid's tables; it is closed
 * @param count the number of points, 40 % of which are outliers
 * @param clusterCount the number of islands, of which those without points are no clusters
 * @returns bare UUIDs
 */
export function storeMap(database, { count, clusterCount }) {
  const next = random(1);
  const bell = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const [mapId, resultId, model] = [randomUUID(), randomUUID(), randomUUID()];
  const ids = Array.from({ length: count }, () => randomUUID()).sort();
  const islands = Array.from({ length: clusterCount }, () => ({
    ...{ id: randomUUID(), members: [], middle: [5 + 4 * bell(), 5 + 4 * bell()] },
  }));
  const islandOf = ids.map((id) => {
    const island = next() < outliers ? null : islands[Math.floor(clusterCount * next() ** 2)];
    island?.members.push(id);
    return island;
  });
  const clusters = islands
    .filter(({ members }) => members.length > 0)
    .sort((a, b) => b.members.length - a.members.length);
  const insert = (table, columns) => {
    const names = Object.keys(columns);
    const values = Object.values(columns).map((value) => value ?? "?");
    return database.prepare(
      `INSERT INTO "${table}" (${names.map((name) => `"${name}"`)}) VALUES (${values})`,
    );
  };
  database.exec("PRAGMA foreign_keys = OFF; BEGIN");
  insert("EmbeddingModel", { id: null, name: "'made up'", dimensions: null, embeddingCount: null }).run([
    ...[model, dimensions, count],
  ]);
  insert("EmbeddingMap", {
    ...{ id: null, embeddingModelId: null, method: "'UMAP'", metric: "'EUCLIDEAN'", normalize: "true" },
    ...{ filter: "'{}'", status: "'SUCCEEDED'", engineVersion: "'4'", createdAt: null, finishedAt: null },
    ...{ inputDigest: "'made up'", embeddingCount: null },
  }).run([mapId, model, time, time, count]);
  insert("ClusteringResult", {
    ...{ id: null, embeddingModelId: null, algorithm: "'HDBSCAN'", minClusterSize: "10", minSamples: "10" },
    ...{ clusterSelectionMethod: "'EXCESS_OF_MASS'", clusterSelectionEpsilon: "0", alpha: "1" },
    ...{ allowSingleCluster: "false", metric: "'EUCLIDEAN'", normalize: "true", filter: "'{}'" },
    ...{ status: "'SUCCEEDED'", engineVersion: "'4'", createdAt: null, startedAt: null, finishedAt: null },
    ...{ finishingNumber: "1", inputDigest: "'made up'", embeddingCount: null, clusterCount: null },
    outlierCount: null,
  }).run([
    ...[resultId, model, time, time, time, count, clusters.length],
    islandOf.filter((island) => island === null).length,
  ]);
  const cluster = insert("Cluster", {
    ...{ id: null, clusteringResultId: null, label: null, size: null, persistence: "0.5" },
    ...{ medoidEmbeddingId: null, medoidPoint: "0" },
  });
  for (const [label, { id, members }] of clusters.entries())
    cluster.run([id, resultId, label, members.length, members[0]]);
  const position = insert("MapPosition", { embeddingMapId: null, embeddingId: null, x: null, y: null });
  const assignment = insert("ClusterAssignment", {
    ...{ clusteringResultId: null, embeddingId: null, clusterId: null, probability: null },
    ...{ outlierScore: "0", point: null },
  });
  const invocation = invocations(insert);
  const embedding = insert("Embedding", {
    ...{ id: null, invocationId: null, embeddingModelId: null, vector: `zeroblob(${4 * dimensions})` },
  });
  for (const [point, id] of ids.entries()) {
    embedding.run([id, invocation(), model]);
    const island = islandOf[point];
    const [x, y] = island ? island.middle : [5 + 5 * bell(), 5 + 5 * bell()];
    position.run([mapId, id, Math.fround(x + 0.3 * bell()), Math.fround(y + 0.3 * bell())]);
    const probability = island ? Math.min(1, 0.4 + 0.8 * next()) : 0;
    assignment.run([resultId, id, island?.id ?? null, probability, point]);
  }
  database.exec("COMMIT");
  database.close();
  return { mapId, resultId };
}

/** Returns a function that writes the next invocation of runs of two networks from 25 prompts. */
function invocations(insert) {
  const run = insert("Run", { id: null, network: null, initialPrompt: null });
  const invocation = insert("Invocation", {
    ...{ id: null, runId: null, sequenceNumber: null, model: "'viewer'", type: "'TEXT'", outputText: null },
  });
  let written = 0;
  let runId;
  return () => {
    const [n, step] = [Math.floor(written / stepsOfRun), written % stepsOfRun];
    if (step === 0) {
      runId = randomUUID();
      const network = n % 2 === 0 ? '["painter","viewer"]' : '["sketcher","viewer"]';
      run.run([runId, network, `prompt number ${n % 25}`]);
    }
    written++;
    const id = randomUUID();
    invocation.run([id, runId, step, `what step ${step} of run ${n} looks like`]);
    return id;
  };
}
