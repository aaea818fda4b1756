import { Worker } from "node:worker_threads";
import type pg from "pg";
import { builtModule } from "../../builtModule.js";
import { EmbeddingUnreadableError } from "../bulkErrors.js";
import type { EmbeddingSelection, LoadedEmbeddings } from "../bulkStore.js";
import { type SelectionQuery, selectionQuery } from "../embeddingSelection.js";
import { firstNotFinite, notFinite, wrongLength } from "../readableVector.js";
import type { TaskReporter } from "../taskReporter.js";
import { readUuid } from "../uuidBytes.js";
import type { BulkConnections } from "./bulkConnections.js";
import { copyOut } from "./copyOut.js";
import { type CopiedRow, CopyReader } from "./copyReader.js";
import { withLiterals } from "./copyStatement.js";
import { postgresDialect } from "./postgresDialect.js";
import { reorderRows, rowOrder } from "./rowOrder.js";
import { type RunningDigest, runningDigest } from "./runningDigest.js";
import { RunRanks } from "./runRanks.js";
import { readTransaction } from "./transaction.js";

const rowsPerReport = 2048;
const rowsPerDigest = 64;
/** From so many bytes on, having memory provided ahead of the rows spares more than a thread costs. */
const muchMemory = 64 * 2 ** 20;
/** The share of reading in the whole, where the rows must be brought into their order after. */
const readingShare = 0.8;

/**
 * Reads the embeddings as they come, each straight to its place in shared memory, and brings them into canonical order
 * there: PostgreSQL would sort them on disk. As long as they come in that order, they are hashed meanwhile.
 */
export async function loadEmbeddings(
  connections: BulkConnections,
  selection: EmbeddingSelection,
  reporter: TaskReporter,
  signal: AbortSignal,
): Promise<LoadedEmbeddings> {
  let memory = new SharedArrayBuffer(0);
  const arrivals = await readTransaction(
    connections,
    async (client) => {
      const { rows } = await client.query(
        `SELECT "dimensions", "embeddingCount" FROM "EmbeddingModel" WHERE "id" = $1`,
        [selection.embeddingModelId],
      );
      const [{ dimensions, embeddingCount }] = rows as { dimensions: number; embeddingCount: number }[];
      const capacity = isWholeModel(selection)
        ? embeddingCount
        : await count(client, selectionQuery(selection, postgresDialect));
      // Not twice: after a connection was lost the same memory is filled again.
      if (memory.byteLength < capacity * dimensions * 4) {
        memory = new SharedArrayBuffer(capacity * dimensions * 4);
        if (memory.byteLength >= muchMemory) touch(memory);
      }
      return receive(client, selection, { capacity, dimensions, memory, reporter });
    },
    { signal },
  );
  return arrivals.inOrder(reporter);
}

/** Has the system provide the pages while PostgreSQL prepares the first rows: that takes as long as copying the rows. */
function touch(memory: SharedArrayBuffer): void {
  const module = builtModule(import.meta.url, "./touchMemory.js");
  const thread = new Worker(module, { workerData: { memory }, execArgv: [] });
  thread.on("error", () => {}); // the pages come one by one then, when they are written to
  thread.unref();
}

function isWholeModel({ embeddingModelId, ...filter }: EmbeddingSelection): boolean {
  const { min, max } = filter.sequenceNumber ?? {};
  const { runIds, networks, initialPrompts, models, everyNth } = filter;
  const conditions = [runIds, networks, initialPrompts, models, min, max];
  return conditions.every((condition) => condition == null) && (everyNth ?? 1) === 1;
}

interface Receiving {
  /** How many there may be. */
  capacity: number;
  dimensions: number;
  memory: SharedArrayBuffer;
  reporter: TaskReporter;
}

interface Arrivals {
  /** Brings the rows into canonical order. @throws EmbeddingUnreadableError, of the first one in that order */
  inOrder(reporter: TaskReporter): Promise<LoadedEmbeddings>;
}

async function receive(
  client: pg.PoolClient,
  selection: EmbeddingSelection,
  { capacity, dimensions, memory, reporter }: Receiving,
): Promise<Arrivals> {
  const bytesPerVector = dimensions * 4;
  const vectors = new Float32Array(memory);
  const bytes = Buffer.from(memory);
  const ids = Buffer.from(new SharedArrayBuffer(capacity * 16));
  const runs = new RunRanks();
  const runOf = new Uint32Array(capacity);
  const numberOf = new Uint32Array(capacity);
  const unreadable = new Map<number, string>();
  let digest: RunningDigest | undefined = runningDigest(ids, bytes, bytesPerVector);
  let count = 0;
  const onRow = ({ bytes: from, offsets, lengths }: CopiedRow) => {
    if (count === capacity)
      throw new Error(`The model has more embeddings than its count of ${capacity} says`);
    const row = count++;
    for (let i = 0; i < 16; i++) ids[row * 16 + i] = from[offsets[2] + i];
    runOf[row] = runs.add(from, offsets[0]);
    numberOf[row] = from.readInt32BE(offsets[1]);
    if (lengths[3] !== bytesPerVector) unreadable.set(row, wrongLength(lengths[3], dimensions));
    else {
      from.copy(bytes, row * bytesPerVector, offsets[3], offsets[3] + bytesPerVector);
      const at = firstNotFinite(vectors, row * dimensions, (row + 1) * dimensions);
      if (at >= 0) unreadable.set(row, notFinite(vectors[at], at - row * dimensions));
    }
    const isInOrder =
      row === 0 ||
      (runOf[row] === runOf[row - 1]
        ? numberOf[row] > numberOf[row - 1]
        : runs.isAscending && runOf[row] > runOf[row - 1]);
    if (!isInOrder) {
      digest?.abandon();
      digest = undefined;
    }
    if (row % rowsPerDigest === 0) digest?.advance(row);
    if (row % rowsPerReport === 0) reporter.report((readingShare * row) / capacity);
  };
  try {
    // Joined to a hash of narrow rows, in the order in which the wide ones are stored.
    await client.query(
      "SET LOCAL work_mem = '256MB'; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; SET LOCAL synchronize_seqscans = off",
    );
    const reader = new CopyReader(4, onRow);
    const query = withLiterals(vectorsQuery(selection));
    await copyOut(client, `COPY (${query}) TO STDOUT (FORMAT binary)`, reader);
    reader.end();
  } catch (error) {
    digest?.abandon();
    throw error;
  }
  return { inOrder: (reporter) => inOrder(reporter) };

  async function inOrder(reporter: TaskReporter): Promise<LoadedEmbeddings> {
    let finalIds = ids;
    try {
      if (unreadable.size > 0 || !digest) {
        const order = rowOrder(runs.ranksOf(runOf.subarray(0, count)), numberOf.subarray(0, count));
        if (unreadable.size > 0) {
          const row = order.find((row) => unreadable.has(row)) as number;
          throw new EmbeddingUnreadableError(readUuid(ids, row * 16), unreadable.get(row) as string);
        }
        finalIds = Buffer.from(new SharedArrayBuffer(count * 16));
        for (let place = 0; place < count; place++) {
          finalIds.set(ids.subarray(order[place] * 16, order[place] * 16 + 16), place * 16);
        }
        const running = runningDigest(finalIds, bytes, bytesPerVector);
        digest = running;
        reorderRows(bytes, bytesPerVector, order, (placed) => {
          if (placed % rowsPerReport !== 0) return;
          running.advance(placed);
          reporter.report(readingShare + ((1 - readingShare) * placed) / count);
        });
      }
      return {
        count,
        ids: new Uint8Array(finalIds.buffer, 0, count * 16),
        vectors: vectors.subarray(0, count * dimensions),
        dimensions,
        digest: await digest.digest(count),
      };
    } catch (error) {
      digest?.abandon();
      throw error;
    }
  }
}

async function count(on: pg.PoolClient, { sql, parameters }: SelectionQuery): Promise<number> {
  const { rows } = await on.query(`SELECT count(*) AS "count" FROM (${sql}) AS "selected"`, parameters);
  return Number(rows[0].count);
}

/** Run id, sequence number, id and vector of each embedding. */
function vectorsQuery(selection: EmbeddingSelection): SelectionQuery {
  if ((selection.everyNth ?? 1) === 1) {
    return selectionQuery(selection, postgresDialect, { vector: `e."vector"` });
  }
  // The rows are numbered in their order: without the vectors.
  const { sql, parameters } = selectionQuery(selection, postgresDialect);
  return {
    sql: `
      SELECT "selected".*, e."vector" FROM (${sql}) AS "selected"
      JOIN "Embedding" e ON e."id" = "selected"."id"`,
    parameters,
  };
}
