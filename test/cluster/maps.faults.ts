import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { testedKind } from "../testDatabase.js";
import { ask } from "./client.js";
import { type FaultPoint, faultPoint, untilReached } from "./faultPoint.js";
import { install } from "./installation.js";
import { embeddingCount, openTestDatabase, type TestDatabase } from "./testDatabase.js";

const endsWithin = 60_000;

/**
 * While places are computed, and within the transaction that stages them: after the one that discards what an earlier
 * attempt has left, which is not counted on PostgreSQL.
 */
const points: FaultPoint[] = [
  { name: "STEPS", count: 1, inside: false },
  { name: "STORING", count: testedKind === "sqlite" ? 2 : 1, inside: true },
];

async function startMap(url: string): Promise<string> {
  const mutation = `mutation { mapEmbeddings(input: { embeddingModel: "Model" }) { ... on EmbeddingMap { id } } }`;
  const { mapEmbeddings } = await ask<{ mapEmbeddings: { id: string } }>(url, mutation);
  return mapEmbeddings.id.slice("EmbeddingMap:".length);
}

interface MapRow {
  status: string;
  attempt: number;
  jobStatus: string;
  handedBack: number;
  embeddingCount: number | null;
}

async function mapOf(database: TestDatabase, id: string): Promise<MapRow> {
  const [row] = await database.query<MapRow>(
    `SELECT m."status", m."attempt", j."status" AS "jobStatus", j."handedBack", m."embeddingCount"
     FROM "EmbeddingMap" m JOIN "Job" j ON j."id" = m."id" WHERE m."id" = ?`,
    id,
  );
  return row;
}

const positionsOf = (database: TestDatabase, id: string) =>
  database.query(
    `SELECT "embeddingId", "x", "y" FROM "MapPosition" WHERE "embeddingMapId" = ? ORDER BY "embeddingId"`,
    id,
  );

async function untilMap(
  database: TestDatabase,
  id: string,
  isThere: (row: MapRow) => boolean,
): Promise<MapRow> {
  for (const since = Date.now(); ; await delay(50)) {
    const row = await mapOf(database, id);
    if (isThere(row)) return row;
    expect(Date.now() - since, `milliseconds of waiting at ${JSON.stringify(row)}`).toBeLessThan(endsWithin);
  }
}

describe.concurrent("kill -9 of the process that computes a map", () => {
  test.each(points)("at $name: another process takes over, and the map is the same", async (point) => {
    const database = await openTestDatabase();
    const medoid = await install(database);
    const calmly = await medoid.compute();
    const calm = await startMap(calmly.url);
    await untilMap(database, calm, ({ status }) => status === "SUCCEEDED");
    await calmly.end("SIGTERM");
    const held = await medoid.compute(faultPoint(point, 60_000));
    const reached = untilReached(held, point);
    const id = await startMap(held.url);
    await medoid.compute();
    await reached;
    expect(await mapOf(database, id)).toMatchObject({ status: "RUNNING", attempt: 1 });

    await held.end("SIGKILL");

    expect(await untilMap(database, id, ({ status }) => status === "SUCCEEDED")).toEqual({
      ...{ status: "SUCCEEDED", attempt: 2, jobStatus: "SUCCEEDED", handedBack: 0, embeddingCount },
    });
    const positions = await positionsOf(database, id);
    expect(positions).toHaveLength(embeddingCount);
    expect(positions).toEqual(await positionsOf(database, calm));
    await medoid.stop();
    await database.close();
  });
});
