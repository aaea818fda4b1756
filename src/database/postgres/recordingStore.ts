import type { PoolClient } from "pg";
import { CopyRows } from "../copyFormat/copyRows.js";
import type { RecordingStore } from "../recording/recordingStore.js";
import { copyInto } from "./copyInto.js";
import { addToEmbeddingCounts } from "./embeddingCounts.js";

const runColumns = [
  "id",
  "network",
  "initialPrompt",
  "seed",
  "maxLength",
  "metadata",
  "importedFileId",
  "createdAt",
];
const invocationColumns = [
  "id",
  "runId",
  "sequenceNumber",
  "model",
  "type",
  "seed",
  "inputInvocationId",
  "outputText",
  "outputImageMediaType",
  "startedAt",
  "completedAt",
  "externalId",
  "metadata",
];
const imageColumns = ["invocationId", "bytes"];
const embeddingColumns = ["id", "invocationId", "embeddingModelId", "vector"];

/** A store that works in the client's current transaction. */
export function postgresRecordingStore(client: PoolClient): RecordingStore {
  /** Runs a named statement, which is prepared once per connection. */
  async function all<Row>(name: string, sql: string, ...values: unknown[]): Promise<Row[]> {
    return (await client.query({ name, text: sql, values })).rows as Row[];
  }

  return {
    models: () => all("models", `SELECT "id", "name", "dimensions" FROM "EmbeddingModel"`),
    async insertModel({ id, name, dimensions }) {
      // If another transaction is inserting the same model, this waits until that transaction has ended. If the
      // model that it inserted has been deleted since, it is inserted after all.
      for (;;) {
        await client.query(
          `INSERT INTO "EmbeddingModel" ("id", "name", "dimensions") VALUES ($1, $2, $3)
           ON CONFLICT ("name") DO NOTHING`,
          [id, name, dimensions],
        );
        const { rows } = await client.query(
          `SELECT "id", "name", "dimensions" FROM "EmbeddingModel" WHERE "name" = $1`,
          [name],
        );
        if (rows.length > 0) return rows[0];
      }
    },
    addToModels: (counts) => addToEmbeddingCounts(client, counts),

    runs: (ids) =>
      all(
        "runs",
        `SELECT "id", "network", "initialPrompt", "seed", "maxLength", "metadata", "importedFileId" FROM "Run"
         WHERE "id" = ANY($1::uuid[])`,
        ids,
      ),
    async newestRun() {
      const [{ newest }] = await all<{ newest: Date | null }>(
        "newestRun",
        `SELECT max("createdAt") AS "newest" FROM "Run"`,
      );
      return newest?.getTime() ?? null;
    },
    async insertRuns(runs) {
      const rows = new CopyRows(runColumns.length);
      for (const run of runs) {
        rows
          .row()
          .uuid(run.id)
          .text(run.network)
          .text(run.initialPrompt)
          .int8(run.seed)
          .int4(run.maxLength)
          .text(run.metadata)
          .uuid(run.importedFileId)
          .timestamptz(new Date(run.createdAt));
      }
      await copyInto(client, "Run", runColumns, rows);
    },
    async insertImportedFile({ id, path }) {
      await all(
        "insertImportedFile",
        `INSERT INTO "ImportedFile" ("id", "path") VALUES ($1, $2) ON CONFLICT ("id") DO NOTHING`,
        id,
        path,
      );
    },
    async sharedRuns(ids, importedFileId) {
      const rows = await all<{ runId: string }>(
        "sharedRuns",
        `SELECT "runId" FROM "SharedRun" WHERE "runId" = ANY($1::uuid[]) AND "importedFileId" = $2`,
        ids,
        importedFileId,
      );
      return rows.map(({ runId }) => runId);
    },
    async shareRuns(ids, importedFileId) {
      await all(
        "shareRuns",
        `INSERT INTO "SharedRun" ("runId", "importedFileId") SELECT unnest($1::uuid[]), $2
         ON CONFLICT DO NOTHING`,
        ids,
        importedFileId,
      );
    },
    async disownRuns(ids) {
      await all(
        "disownRuns",
        `WITH "owned" AS (
           SELECT "id", "importedFileId" FROM "Run"
           WHERE "id" = ANY($1::uuid[]) AND "importedFileId" IS NOT NULL ORDER BY "id" FOR NO KEY UPDATE),
         "shared" AS (
           INSERT INTO "SharedRun" ("runId", "importedFileId") SELECT "id", "importedFileId" FROM "owned"
           ON CONFLICT DO NOTHING)
         UPDATE "Run" SET "importedFileId" = NULL FROM "owned" WHERE "Run"."id" = "owned"."id"`,
        ids,
      );
    },

    invocations: (ids) =>
      all(
        "invocations",
        `SELECT ${invocationColumns.map((column) => `"${column}"`).join(", ")}
         FROM "Invocation" WHERE "id" = ANY($1::uuid[])`,
        ids,
      ),
    invocationPlaces: (ids) =>
      all(
        "invocationPlaces",
        `SELECT "id", "runId", "sequenceNumber" FROM "Invocation" WHERE "id" = ANY($1::uuid[])`,
        ids,
      ),
    invocationsAt: (places) =>
      all(
        "invocationsAt",
        `SELECT i."id", i."runId", i."sequenceNumber"
         FROM unnest($1::uuid[], $2::int[]) AS place("runId", "number")
         JOIN "Invocation" i ON i."runId" = place."runId" AND i."sequenceNumber" = place."number"`,
        places.map(({ runId }) => runId),
        places.map(({ sequenceNumber }) => sequenceNumber),
      ),
    async invocationsBefore(places) {
      const rows = await all<{ id: string; runId: string; sequenceNumber: number; requested: number }>(
        "invocationsBefore",
        `SELECT "before".*, place."number" AS "requested"
         FROM unnest($1::uuid[], $2::int[]) AS place("runId", "number")
         CROSS JOIN LATERAL (
           SELECT i."id", i."runId", i."sequenceNumber" FROM "Invocation" i
           WHERE i."runId" = place."runId" AND i."sequenceNumber" < place."number"
           ORDER BY i."sequenceNumber" DESC LIMIT 1) AS "before"`,
        places.map(({ runId }) => runId),
        places.map(({ sequenceNumber }) => sequenceNumber),
      );
      return rows.map(({ requested, ...before }) => ({
        place: { runId: before.runId, sequenceNumber: requested },
        before,
      }));
    },
    async insertInvocations(invocations) {
      const rows = new CopyRows(invocationColumns.length);
      const images = new CopyRows(imageColumns.length);
      for (const invocation of invocations) {
        const { id, outputImage } = invocation;
        rows
          .row()
          .uuid(id)
          .uuid(invocation.runId)
          .int4(invocation.sequenceNumber)
          .text(invocation.model)
          .text(invocation.type)
          .int8(invocation.seed)
          .uuid(invocation.inputInvocationId)
          .text(invocation.outputText)
          .text(outputImage?.mediaType ?? null)
          .timestamptz(invocation.startedAt)
          .timestamptz(invocation.completedAt)
          .text(invocation.externalId)
          .text(invocation.metadata);
        if (outputImage) images.row().uuid(id).bytes(outputImage.bytes);
      }
      await copyInto(client, "Invocation", invocationColumns, rows);
      await copyInto(client, "OutputImage", imageColumns, images);
    },
    images: (ids) =>
      all(
        "images",
        `SELECT "invocationId", "bytes" FROM "OutputImage" WHERE "invocationId" = ANY($1::uuid[])`,
        ids,
      ),

    embeddings: (ids) =>
      all(
        "embeddings",
        `SELECT "id", "invocationId", "embeddingModelId", "vector" FROM "Embedding" WHERE "id" = ANY($1::uuid[])`,
        ids,
      ),
    embeddingsOf: (places) =>
      all(
        "embeddingsOf",
        `SELECT e."id", e."invocationId", e."embeddingModelId"
         FROM unnest($1::uuid[], $2::uuid[]) AS place("invocationId", "modelId")
         JOIN "Embedding" e ON e."invocationId" = place."invocationId" AND e."embeddingModelId" = place."modelId"`,
        places.map(({ invocationId }) => invocationId),
        places.map(({ embeddingModelId }) => embeddingModelId),
      ),
    embeddingPlaces: (invocationIds) =>
      all(
        "embeddingPlaces",
        `SELECT "invocationId", "embeddingModelId" FROM "Embedding" WHERE "invocationId" = ANY($1::uuid[])`,
        invocationIds,
      ),
    async insertEmbeddings(embeddings) {
      const bytes = embeddings.reduce((sum, { vector }) => sum + vector.byteLength + 70, 64);
      const rows = new CopyRows(embeddingColumns.length, bytes);
      for (const { id, invocationId, embeddingModelId, vector } of embeddings) {
        rows.row().uuid(id).uuid(invocationId).uuid(embeddingModelId).bytes(vector);
      }
      await copyInto(client, "Embedding", embeddingColumns, rows);
    },
  };
}
