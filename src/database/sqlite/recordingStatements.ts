import type { Connection } from "./connection.js";

interface Statement {
  all(parameters: unknown[]): unknown[];
  get(parameters: unknown[]): unknown;
  run(parameters: unknown[]): unknown;
}

export type RecordingStatements = ReturnType<typeof prepareStatements>;

const prepared = new WeakMap<Connection, RecordingStatements>();

/**
 * The statements of a recording, prepared once per connection. Lists are passed as JSON, so that a list of
 * any length is accepted.
 */
export function recordingStatements(connection: Connection): RecordingStatements {
  let statements = prepared.get(connection);
  if (!statements) {
    statements = prepareStatements(connection);
    prepared.set(connection, statements);
  }
  return statements;
}

const isListed = "IN (SELECT value FROM json_each(?))";

function prepareStatements(connection: Connection) {
  const prepare = (sql: string): Statement => connection.prepare(sql);
  const prepareRaw = (sql: string): Statement => connection.prepare(sql).raw();
  const prepareWithBigInts = (sql: string): Statement => connection.prepare(sql).safeIntegers();
  return {
    runs: prepareWithBigInts(`
      SELECT "id", "network", "initialPrompt", "seed", "maxLength", "metadata", "importedFileId"
      FROM "Run" WHERE "id" ${isListed}`),
    newestRun: prepare(`SELECT max("createdAt") AS "newest" FROM "Run"`),
    insertRun: prepare(`
      INSERT INTO "Run"
        ("id", "network", "initialPrompt", "seed", "maxLength", "metadata", "importedFileId", "createdAt")
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
    insertImportedFile: prepare(`
      INSERT INTO "ImportedFile" ("id", "path", "createdAt") VALUES (?, ?, ?) ON CONFLICT ("id") DO NOTHING`),
    sharedRuns: prepareRaw(`
      SELECT "runId" FROM "SharedRun" WHERE "runId" ${isListed} AND "importedFileId" = ?`),
    shareRuns: prepare(`
      INSERT INTO "SharedRun" ("runId", "importedFileId") SELECT value, ? FROM json_each(?) WHERE true
      ON CONFLICT DO NOTHING`),
    shareOwnedRuns: prepare(`
      INSERT INTO "SharedRun" ("runId", "importedFileId")
      SELECT "id", "importedFileId" FROM "Run" WHERE "id" ${isListed} AND "importedFileId" IS NOT NULL
      ON CONFLICT DO NOTHING`),
    disownRuns: prepare(`UPDATE "Run" SET "importedFileId" = NULL WHERE "id" ${isListed}`),

    invocations: prepareWithBigInts(`
      SELECT "id", "runId", "sequenceNumber", "model", "type", "seed", "inputInvocationId", "outputText",
             "outputImageMediaType", "startedAt", "completedAt", "externalId", "metadata"
      FROM "Invocation" WHERE "id" ${isListed}`),
    invocationsAt: prepare(`
      SELECT i."id", i."runId", i."sequenceNumber" FROM json_each(?) place
      CROSS JOIN "Invocation" i
        ON i."runId" = json_extract(place.value, '$[0]') AND i."sequenceNumber" = json_extract(place.value, '$[1]')`),
    invocationPlaces: prepare(
      `SELECT "id", "runId", "sequenceNumber" FROM "Invocation" WHERE "id" ${isListed}`,
    ),
    invocationsBefore: prepare(`
      SELECT i."id", i."runId", i."sequenceNumber", json_extract(place.value, '$[1]') AS "requested"
      FROM json_each(?) place CROSS JOIN "Invocation" i ON i."id" = (
        SELECT "id" FROM "Invocation"
        WHERE "runId" = json_extract(place.value, '$[0]') AND "sequenceNumber" < json_extract(place.value, '$[1]')
        ORDER BY "sequenceNumber" DESC LIMIT 1)`),
    insertInvocation: prepare(`
      INSERT INTO "Invocation"
        ("id", "runId", "sequenceNumber", "model", "type", "seed", "inputInvocationId", "outputText",
         "outputImageMediaType", "startedAt", "completedAt", "externalId", "metadata")
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),

    images: prepareRaw(`SELECT "invocationId", "bytes" FROM "OutputImage" WHERE "invocationId" ${isListed}`),
    imageLengths: prepare(`
      SELECT "invocationId", octet_length("bytes") AS "byteLength"
      FROM "OutputImage" WHERE "invocationId" ${isListed}`),
    insertImage: prepare(`INSERT INTO "OutputImage" ("invocationId", "bytes") VALUES (?, ?)`),

    models: prepare(`SELECT "id", "name", "dimensions" FROM "EmbeddingModel"`),
    insertModel: prepare(`INSERT INTO "EmbeddingModel" ("id", "name", "dimensions") VALUES (?, ?, ?)`),
    addToModel: prepare(`UPDATE "EmbeddingModel" SET "embeddingCount" = "embeddingCount" + ? WHERE "id" = ?`),

    embeddings: prepare(`
      SELECT "id", "invocationId", "embeddingModelId", "vector" FROM "Embedding" WHERE "id" ${isListed}`),
    embeddingsOf: prepare(`
      SELECT e."id", e."invocationId", e."embeddingModelId" FROM json_each(?) place
      CROSS JOIN "Embedding" e ON e."invocationId" = json_extract(place.value, '$[0]')
        AND e."embeddingModelId" = json_extract(place.value, '$[1]')`),
    embeddingPlaces: prepare(`
      SELECT "invocationId", "embeddingModelId" FROM "Embedding" WHERE "invocationId" ${isListed}`),
    insertEmbedding: prepare(`
      INSERT INTO "Embedding" ("id", "invocationId", "embeddingModelId", "vector") VALUES (?, ?, ?, ?)`),
  };
}
