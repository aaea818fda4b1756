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
/**
 * Number of bytes above which a thread that has memory provided ahead of the rows saves more time than it
 * costs.
 */
const muchMemory = 64 * 2 ** 20;
/** The fraction of the progress that is reading the places. */
const placesShare = 0.2;
/**
 * If a model has embeddings of at least one in this many invocations, reading all invocations is faster than
 * joining.
 */
const fewOfAll = 4;

/**
 * First reads the ids to determine the canonical order of the embeddings; then reads the vectors in the order
 * in which they are stored, and writes each directly to its place in shared memory. If the vectors were read
 * in canonical order, PostgreSQL would sort them on disk; if ids and vectors were read by one statement, it
 * would join narrow rows to wide ones.
 */
export async function loadEmbeddings(
  connections: BulkConnections,
  selection: EmbeddingSelection,
  reporter: TaskReporter,
  signal: AbortSignal,
): Promise<LoadedEmbeddings> {
  let memory = new SharedArrayBuffer(0);
  // Allocated once: when the loading is retried after a lost connection, the same memory is filled again.
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
      // Keeps a hash of narrow rows in memory, and has wide rows read in the order in which they are stored.
      await client.query(
        "SET LOCAL work_mem = '256MB'; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; SET LOCAL synchronize_seqscans = off",
      );
      if (isWholeModel(selection)) provide(embeddingCount * dimensions * 4); // its pages are provided while the places are read
      const places = await readPlaces(client, selection, embeddingCount, reporter);
      provide(places.count * dimensions * 4);
      return readVectors(client, selection, { places, dimensions, memory, reporter });
    },
    { signal },
  );
}

/**
 * Has the system provide the pages while the first rows arrive, because that takes as long as copying the
 * rows.
 */
function touch(memory: SharedArrayBuffer): void {
  const program = `(${touchMemory})(require("node:worker_threads").workerData)`;
  const thread = new Worker(program, { eval: true, workerData: memory, execArgv: [] });
  thread.on("error", () => {}); // without the thread, pages are provided one by one when they are first written to
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
  const throwIfStopped = () => {
    if (read++ % rowsPerReport === 0) reporter.throwIfStopped();
  };
  if (isWholeModel(selection) && (await invocationCount(client)) < fewOfAll * embeddingCount) {
    // PostgreSQL would read all rows of both tables, and join them more slowly than this program does.
    const announce = new CopyReader(1, ({ view, offsets }) => {
      places.announce(view, offsets[0]);
      throwIfStopped();
    });
    const { embeddingModelId } = selection;
    await copyRows(client, ofModel(`"invocationId"`, embeddingModelId), announce);
    const locate = new CopyReader(3, ({ view, offsets }) => {
      places.locate(view, offsets[2], offsets[0], view.getInt32(offsets[1]));
      throwIfStopped();
    });
    const all = `SELECT "runId", "sequenceNumber", "id" FROM "Invocation"`;
    await copyRows(client, { sql: all, parameters: [] }, locate);
  } else {
    const reader = new CopyReader(3, ({ view, offsets }) => {
      places.announce(view, offsets[2]);
      places.locate(view, offsets[2], offsets[0], view.getInt32(offsets[1]));
      throwIfStopped();
    });
    const { sql, parameters } = selectionQuery(selection, postgresDialect, {
      invocationId: `e."invocationId"`,
    });
    // Without the embedding's id, which no index has in addition to the invocation's: so the vectors' table
    // need not be read.
    const narrow = `SELECT "runId", "sequenceNumber", "invocationId" FROM (${sql}) AS "selected"`;
    await copyRows(client, { sql: narrow, parameters }, reader);
  }
  reporter.report(placesShare);
  return places;
}

/** @returns the approximate number according to PostgreSQL's statistics; Infinity if there are none */
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

/** Selects invocation id, embedding id and vector of each embedding. */
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
  // Rows are numbered in their order without the vectors.
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
