import type { PrismaClient } from "../../src/database/generated/sqlite/client.js";
import { clusteringJob } from "../../src/jobs/clustering/clusteringRow.js";
import { mapJob } from "../../src/jobs/mapping/mapRow.js";
import { createdAt, type Fixture, uuid, writeQueuedClustering, writeQueuedMap } from "../fixtures.js";
import { leaveClustering, leaveMap } from "../jobState.js";
import { testedKind } from "../testDatabase.js";

const runs = 200;
const steps = 100;
/** Embeddings of each of the two models: one for every other invocation. */
const embeddings = (runs * steps) / 2;
const results = 10;
const maps = 3;
const failures = 2_000;
/**
 * If there were more, with all their columns, Prisma would make several statements and send them without waiting, which
 * pg deprecates.
 */
const failuresPerStatement = 500;
const clusters = 25;
/** The dimensions of small models: only with rows of realistic size is a full scan expensive. */
const dimensions = 384;

/**
 * Writes enough rows that no plan scans a table of them unnecessarily, and updates the planner's statistics: runs,
 * embeddings of two models, and of the first model's embeddings clusterings, each with 25 clusters and some outliers,
 * and maps.
 */
export async function writeManyRows({ prisma }: Fixture): Promise<void> {
  await prisma.embeddingModel.createMany({
    data: [0, 1].map((n) => ({
      id: uuid("EmbeddingModel", n),
      name: `model ${n}`,
      dimensions,
      embeddingCount: embeddings,
    })),
  });
  await prisma.run.createMany({
    data: Array.from({ length: runs }, (_, n) => ({
      id: uuid("Run", n),
      network: `["painter ${n % 10}"]`,
      initialPrompt: `prompt ${n}`,
      createdAt: createdAt(n),
    })),
  });
  await insert(
    prisma,
    runs * steps,
    `"Invocation" ("id", "runId", "sequenceNumber", "model", "type", "outputText", "inputInvocationId")`,
    `${key("Invocation", "n")}, ${key("Run", `n / ${steps}`)}, n % ${steps}, 'painter',
     ${value("TEXT", "InvocationType")}, 'text ' || (n % 50),
     CASE WHEN n % ${steps} > 0 THEN ${key("Invocation", "n - 1")} END`,
  );
  for (const model of [0, 1]) {
    await insert(
      prisma,
      embeddings,
      `"Embedding" ("id", "invocationId", "embeddingModelId", "vector")`,
      `${key("Embedding", `n + ${model * embeddings}`)}, ${key("Invocation", "2 * n + 1")},
       ${key("EmbeddingModel", String(model))}, ${bytes("0000803f".repeat(dimensions))}`,
    );
  }
  for (let result = 0; result < results; result++) {
    await writeQueuedClustering({ prisma }, result);
    await leaveClustering(prisma, uuid("ClusteringResult", result), { status: "SUCCEEDED" });
    await prisma.clusteringResult.update({
      where: { id: uuid("ClusteringResult", result) },
      data: {
        embeddingCount: embeddings,
        clusterCount: clusters,
        finishedAt: new Date(),
        finishingNumber: result + 1,
        inputDigest: `digest ${result}`,
      },
    });
    await prisma.cluster.createMany({
      data: Array.from({ length: clusters }, (_, label) => ({
        id: uuid("Cluster", result * clusters + label),
        clusteringResultId: uuid("ClusteringResult", result),
        label,
        size: Math.ceil((embeddings - label) / (clusters + 1)),
        persistence: 1 / (label + 1),
        medoidEmbeddingId: uuid("Embedding", label),
        medoidPoint: label,
      })),
    });
    // Embedding n is in cluster n mod 26, the last of which are the outliers. Its point repeats every 260.
    const label = `n % ${clusters + 1}`;
    await insert(
      prisma,
      embeddings,
      `"ClusterAssignment" ("clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point")`,
      `${key("ClusteringResult", String(result))}, ${key("Embedding", "n")},
       CASE WHEN ${label} < ${clusters} THEN ${key("Cluster", `${result * clusters} + ${label}`)} END,
       CASE WHEN ${label} < ${clusters} THEN (n % 97) / 97.0 ELSE 0 END, (n % 89) / 89.0, n % ${10 * (clusters + 1)}`,
    );
  }
  for (let map = 0; map < maps; map++) {
    await writeQueuedMap({ prisma }, map);
    await leaveMap(prisma, uuid("EmbeddingMap", map), { status: "SUCCEEDED" });
    await prisma.embeddingMap.update({
      where: { id: uuid("EmbeddingMap", map) },
      data: { embeddingCount: embeddings, inputDigest: `digest ${map}`, trustworthiness: 1 },
    });
    await insert(
      prisma,
      embeddings,
      `"MapPosition" ("embeddingMapId", "embeddingId", "x", "y")`,
      `${key("EmbeddingMap", String(map))}, ${key("Embedding", "n")}, n % 97, n % 89`,
    );
  }
  const [likeMap] = await prisma.embeddingMap.findMany({ where: { id: uuid("EmbeddingMap", 0) } });
  const [like] = await prisma.clusteringResult.findMany({ where: { id: uuid("ClusteringResult", 0) } });
  for (let first = 0; first < failures; first += failuresPerStatement) {
    await prisma.job.createMany({
      data: Array.from({ length: failuresPerStatement }, (_, i) => ({
        ...clusteringJob(uuid("ClusteringResult", results + first + i)),
        status: "FAILED" as const,
        createdAt: createdAt(first + i),
      })),
    });
    await prisma.clusteringResult.createMany({
      data: Array.from({ length: failuresPerStatement }, (_, i) => ({
        ...like,
        id: uuid("ClusteringResult", results + first + i),
        status: "FAILED" as const,
        finishingNumber: null,
        createdAt: createdAt(first + i),
      })),
    });
    await prisma.job.createMany({
      data: Array.from({ length: failuresPerStatement }, (_, i) => ({
        ...mapJob(uuid("EmbeddingMap", maps + first + i)),
        status: "FAILED" as const,
        createdAt: createdAt(first + i),
      })),
    });
    await prisma.embeddingMap.createMany({
      data: Array.from({ length: failuresPerStatement }, (_, i) => ({
        ...likeMap,
        ...{ id: uuid("EmbeddingMap", maps + first + i), status: "FAILED" as const, inputDigest: null },
        createdAt: createdAt(first + i),
      })),
    });
  }
  if (testedKind === "postgresql") await prisma.$executeRawUnsafe("VACUUM ANALYZE");
}

async function insert(prisma: PrismaClient, rows: number, into: string, columns: string): Promise<void> {
  const numbers =
    testedKind === "postgresql"
      ? `SELECT * FROM generate_series(0, ${rows - 1}) AS numbers(n)`
      : `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows - 1}) SELECT n FROM numbers`;
  await prisma.$executeRawUnsafe(`INSERT INTO ${into} SELECT ${columns} FROM (${numbers}) AS numbers`);
}

/** The SQL of fixtures' `uuid(type, n)`. */
function key(type: Parameters<typeof uuid>[0], n: string): string {
  const start = uuid(type, 0).slice(0, 24);
  return testedKind === "postgresql"
    ? `('${start}' || lpad(to_hex(${n}), 12, '0'))::uuid`
    : `printf('${start}%012x', ${n})`;
}

const value = (text: string, type: string) =>
  testedKind === "postgresql" ? `'${text}'::"${type}"` : `'${text}'`;
const bytes = (hex: string) => (testedKind === "postgresql" ? `'\\x${hex}'::bytea` : `x'${hex}'`);
