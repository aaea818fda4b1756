import { Worker } from "node:worker_threads";
import type pg from "pg";
import type { EmbeddingSelection, LoadedEmbeddings } from "../../bulkStore.js";
import { type CopiedRow, CopyReader } from "../../copyFormat/copyReader.js";
import { readUuid } from "../../copyFormat/uuidBytes.js";
import { isWholeModel, type SelectionQuery, selectionQuery } from "../../embeddings/embeddingSelection.js";
import { firstNotFinite, notFinite, wrongLength } from "../../embeddings/readableVector.js";
import { EmbeddingUnreadableError } from "../../errors/bulkErrors.js";
import type { TaskReporter } from "../../threads/taskReporter.js";
import type { BulkConnections } from "../connections/bulkConnections.js";
import { readTransaction } from "../connections/transaction.js";
import { postgresDialect } from "../postgresDialect.js";
import { CanonicalPlaces } from "./canonicalPlaces.js";
import { copyFloats } from "./copyFloats.js";
import { copyOut } from "./copyOut.js";
import { withLiterals } from "./copyStatement.js";
import { touchMemory } from "./touchMemory.js";

const rowsPerReport = 2048;
/** From so many bytes on, having memory provided ahead of the rows spares more than a thread costs. */
const muchMemory = 64 * 2 ** 20;
/** The share of reading the places in the whole. */
const placesShare = 0.2;
/** Where a model has embeddings of one invocation in so many, or more, reading all invocations is sooner done than joining. */
const fewOfAll = 4;

/**
 * Reads in which order the embeddings belong, and then, in the order in which they are stored, their vectors, each
 * straight to its place in shared memory. Asked for them in canonical order, PostgreSQL would sort them on disk; asked
 * for both at once, it would join what is narrow to what is wide.
 */
export async function loadEmbeddings(
  connections: BulkConnections,
  selection: EmbeddingSelection,
  reporter: TaskReporter,
  signal: AbortSignal,
): Promise<LoadedEmbeddings> {
  let memory = new SharedArrayBuffer(0);
  // Not twice: after a connection was lost the same memory is filled again.
  const provide = (bytes: number): SharedArrayBuffer => {
    if (memory.byteLength < bytes) {
      memory = new SharedArrayBuffer(bytes);
      if (bytes >= muchMemory) touch(memory);
    }
    return memory;
  };
  return readTransaction(
    connections,
    async (client) => {
      const { rows } = await client.query(
        `SELECT "dimensions", "embeddingCount" FROM "EmbeddingModel" WHERE "id" = $1`,
        [selection.embeddingModelId],
      );
      const [{ dimensions, embeddingCount }] = rows as { dimensions: number; embeddingCount: number }[];
      // A hash of narrow rows is kept in memory, and the wide ones are read in the order in which they are stored.
      await client.query(
        "SET LOCAL work_mem = '256MB'; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; SET LOCAL synchronize_seqscans = off",
      );
      if (isWholeModel(selection)) provide(embeddingCount * dimensions * 4); // pages come while the places are read
      const places = await readPlaces(client, selection, embeddingCount, reporter);
      provide(places.count * dimensions * 4);
      return readVectors(client, selection, { places, dimensions, memory, reporter });
    },
    { signal },
  );
}

/** Has the system provide the pages while the first rows come: that takes as long as copying the rows. */
function touch(memory: SharedArrayBuffer): void {
  const program = `(${touchMemory})(require("node:worker_threads").workerData)`;
  const thread = new Worker(program, { eval: true, workerData: memory, execArgv: [] });
  thread.on("error", () => {}); // the pages come one by one then, when they are written to
  thread.unref();
}

async function readPlaces(
  client: pg.PoolClient,
  selection: EmbeddingSelection,
  embeddingCount: number,
  reporter: TaskReporter,
): Promise<CanonicalPlaces> {
  const places = new CanonicalPlaces();
  let read = 0;
  const heedStop = () => {
    if (read++ % rowsPerReport === 0) reporter.heedStop();
  };
  if (isWholeModel(selection) && (await invocationCount(client)) < fewOfAll * embeddingCount) {
    // PostgreSQL would read all of both, and join them more slowly than they are found here.
    const announce = new CopyReader(1, ({ view, offsets }) => {
      places.announce(view, offsets[0]);
      heedStop();
    });
    const { embeddingModelId } = selection;
    await copyRows(client, ofModel(`"invocationId"`, embeddingModelId), announce);
    const locate = new CopyReader(3, ({ view, offsets }) => {
      places.locate(view, offsets[2], offsets[0], view.getInt32(offsets[1]));
      heedStop();
    });
    const all = `SELECT "runId", "sequenceNumber", "id" FROM "Invocation"`;
    await copyRows(client, { sql: all, parameters: [] }, locate);
  } else {
    const reader = new CopyReader(3, ({ view, offsets }) => {
      places.announce(view, offsets[2]);
      places.locate(view, offsets[2], offsets[0], view.getInt32(offsets[1]));
      heedStop();
    });
    const { sql, parameters } = selectionQuery(selection, postgresDialect, {
      invocationId: `e."invocationId"`,
    });
    // Without the embedding's id, which no index has beside the invocation's: the vectors' table is not read for it.
    const narrow = `SELECT "runId", "sequenceNumber", "invocationId" FROM (${sql}) AS "selected"`;
    await copyRows(client, { sql: narrow, parameters }, reader);
  }
  reporter.report(placesShare);
  return places;
}

/** @returns about how many there are, by PostgreSQL's statistics; Infinity where it has none */
async function invocationCount(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query(
    `SELECT "reltuples" FROM pg_class WHERE "oid" = '"Invocation"'::regclass`,
  );
  const [{ reltuples }] = rows as { reltuples: number }[];
  return reltuples < 0 ? Number.POSITIVE_INFINITY : reltuples;
}

interface Reading {
  places: CanonicalPlaces;
  dimensions: number;
  memory: SharedArrayBuffer;
  reporter: TaskReporter;
}

async function readVectors(
  client: pg.PoolClient,
  selection: EmbeddingSelection,
  { places, dimensions, memory, reporter }: Reading,
): Promise<LoadedEmbeddings> {
  const { count } = places;
  const bits = new Int32Array(memory);
  const vectors = new Float32Array(memory, 0, count * dimensions);
  const ids = new Uint8Array(new SharedArrayBuffer(count * 16));
  let unreadable: { place: number; id: string; reason: string } | undefined;
  let read = 0;
  const onRow = ({ view, offsets, lengths }: CopiedRow) => {
    const place = places.placeOf(view, offsets[0]);
    if (place < 0) throw new Error("An embedding was read that is not of the selection");
    for (let i = 0; i < 16; i++) ids[place * 16 + i] = view.getUint8(offsets[1] + i);
    const first = place * dimensions;
    const hasItsLength = lengths[2] === dimensions * 4;
    const isReadable = hasItsLength && copyFloats(view, offsets[2], bits, first, dimensions);
    if (!isReadable && !(unreadable && unreadable.place < place)) {
      const at = hasItsLength ? firstNotFinite(vectors, first, first + dimensions) : 0;
      const reason = hasItsLength ? notFinite(vectors[at], at - first) : wrongLength(lengths[2], dimensions);
      unreadable = { place, id: readUuid(ids, place * 16), reason };
    }
    if (read++ % rowsPerReport === 0) reporter.report(placesShare + ((1 - placesShare) * read) / count);
  };
  await copyRows(client, vectorsQuery(selection), new CopyReader(3, onRow));
  if (unreadable) throw new EmbeddingUnreadableError(unreadable.id, unreadable.reason);
  if (read !== count) throw new Error(`Of ${count} embeddings ${read} were read`);
  return { count, ids, vectors, dimensions };
}

async function copyRows(client: pg.PoolClient, query: SelectionQuery, reader: CopyReader): Promise<void> {
  await copyOut(client, `COPY (${withLiterals(query)}) TO STDOUT (FORMAT binary)`, reader);
  reader.end();
}

/** Invocation id, embedding id and vector of each embedding. */
export function vectorsQuery(selection: EmbeddingSelection): SelectionQuery {
  const columns = `"invocationId", "id", "vector"`;
  if (isWholeModel(selection)) return ofModel(columns, selection.embeddingModelId);
  const others = { invocationId: `e."invocationId"` };
  if ((selection.everyNth ?? 1) === 1) {
    const { sql, parameters } = selectionQuery(selection, postgresDialect, {
      ...others,
      vector: `e."vector"`,
    });
    return { sql: `SELECT ${columns} FROM (${sql}) AS "selected"`, parameters };
  }
  // The rows are numbered in their order: without the vectors.
  const { sql, parameters } = selectionQuery(selection, postgresDialect, others);
  return {
    sql: `
      SELECT "selected"."invocationId", "selected"."id", e."vector" FROM (${sql}) AS "selected"
      JOIN "Embedding" e ON e."id" = "selected"."id"`,
    parameters,
  };
}

function ofModel(columns: string, embeddingModelId: string): SelectionQuery {
  return {
    sql: `SELECT ${columns} FROM "Embedding" WHERE "embeddingModelId" = $1`,
    parameters: [embeddingModelId],
  };
}
