import type {
  EmbeddingPlace,
  Place,
  RecordingStore,
  StoredInvocation,
  StoredPlace,
  StoredRun,
} from "../recording/recordingStore.js";
import { type Connection, sqliteDateTime } from "./connection.js";
import { recordingStatements } from "./recordingStatements.js";

/** A store that works in the connection's current transaction. */
export function sqliteRecordingStore(connection: Connection): RecordingStore {
  const statements = recordingStatements(connection);
  return {
    models: () => statements.models.all([]) as { id: string; name: string; dimensions: number }[],
    insertModel(model) {
      statements.insertModel.run([model.id, model.name, model.dimensions]);
      return model;
    },
    addToModels(counts) {
      for (const [id, count] of counts) statements.addToModel.run([count, id]);
    },

    runs: (ids) =>
      (statements.runs.all([JSON.stringify(ids)]) as Numbered<StoredRun, "maxLength">[]).map((run) => ({
        ...run,
        maxLength: run.maxLength === null ? null : Number(run.maxLength),
      })),
    newestRun() {
      const { newest } = statements.newestRun.get([]) as { newest: string | null };
      return newest === null ? null : Date.parse(newest);
    },
    insertRuns(runs) {
      for (const run of runs) {
        statements.insertRun.run([
          run.id,
          run.network,
          run.initialPrompt,
          run.seed,
          run.maxLength,
          run.metadata,
          run.importedFileId,
          sqliteDateTime(new Date(run.createdAt)),
        ]);
      }
    },
    insertImportedFile({ id, path }) {
      statements.insertImportedFile.run([id, path, sqliteDateTime(new Date())]);
    },
    sharedRuns: (ids, importedFileId) =>
      (statements.sharedRuns.all([JSON.stringify(ids), importedFileId]) as [string][]).map(([id]) => id),
    shareRuns(ids, importedFileId) {
      statements.shareRuns.run([importedFileId, JSON.stringify(ids)]);
    },
    disownRuns(ids) {
      statements.shareOwnedRuns.run([JSON.stringify(ids)]);
      statements.disownRuns.run([JSON.stringify(ids)]);
    },

    invocations: (ids) =>
      (statements.invocations.all([JSON.stringify(ids)]) as InvocationRow[]).map((row) => ({
        ...row,
        sequenceNumber: Number(row.sequenceNumber),
        startedAt: row.startedAt === null ? null : new Date(row.startedAt),
        completedAt: row.completedAt === null ? null : new Date(row.completedAt),
      })),
    invocationPlaces: (ids) => statements.invocationPlaces.all([JSON.stringify(ids)]) as StoredPlace[],
    invocationsAt: (places) => statements.invocationsAt.all([listOf(places)]) as StoredPlace[],
    invocationsBefore: (places) =>
      (statements.invocationsBefore.all([listOf(places)]) as (StoredPlace & { requested: number })[]).map(
        ({ requested, ...before }) => ({ place: { runId: before.runId, sequenceNumber: requested }, before }),
      ),
    insertInvocations(invocations) {
      for (const { outputImage: image, ...invocation } of invocations) {
        statements.insertInvocation.run([
          invocation.id,
          invocation.runId,
          invocation.sequenceNumber,
          invocation.model,
          invocation.type,
          invocation.seed,
          invocation.inputInvocationId,
          invocation.outputText,
          image?.mediaType ?? null,
          invocation.startedAt && sqliteDateTime(invocation.startedAt),
          invocation.completedAt && sqliteDateTime(invocation.completedAt),
          invocation.externalId,
          invocation.metadata,
        ]);
        if (image) statements.insertImage.run([invocation.id, image.bytes]);
      }
    },
    images: (ids) =>
      (statements.images.all([JSON.stringify(ids)]) as [string, Buffer][]).map(([invocationId, bytes]) => ({
        invocationId,
        bytes,
      })),

    embeddings: (ids) =>
      (statements.embeddings.all([JSON.stringify(ids)]) as EmbeddingRow[]).map((row) => ({
        ...row,
        vector: new Uint8Array(row.vector),
      })),
    embeddingsOf: (places) =>
      statements.embeddingsOf.all([
        JSON.stringify(places.map(({ invocationId, embeddingModelId }) => [invocationId, embeddingModelId])),
      ]) as Omit<EmbeddingRow, "vector">[],
    embeddingPlaces: (invocationIds) =>
      statements.embeddingPlaces.all([JSON.stringify(invocationIds)]) as EmbeddingPlace[],
    insertEmbeddings(embeddings) {
      for (const { id, invocationId, embeddingModelId, vector } of embeddings) {
        statements.insertEmbedding.run([id, invocationId, embeddingModelId, vector]);
      }
    },
  };
}

/** Lengths, in bytes, of the images of the given invocations, by the invocation's id. */
export function storedImageLengths(connection: Connection, invocationIds: string[]): Map<string, number> {
  const rows = recordingStatements(connection).imageLengths.all([JSON.stringify(invocationIds)]);
  return new Map(
    (rows as { invocationId: string; byteLength: number }[]).map(({ invocationId, byteLength }) => [
      invocationId,
      byteLength,
    ]),
  );
}

/** A row in which integers are bigints. */
type Numbered<Row, Column extends keyof Row> = Omit<Row, Column> & Record<Column, bigint | null>;

type InvocationRow = Omit<StoredInvocation, "sequenceNumber" | "startedAt" | "completedAt"> & {
  sequenceNumber: bigint;
  startedAt: string | null;
  completedAt: string | null;
};

interface EmbeddingRow {
  id: string;
  invocationId: string;
  embeddingModelId: string;
  /** Not a Buffer, because libsql returns bytes as an ArrayBuffer in rows that are objects. */
  vector: ArrayBuffer;
}

const listOf = (places: Place[]) =>
  JSON.stringify(places.map(({ runId, sequenceNumber }) => [runId, sequenceNumber]));
