import type { EmbeddingSelection, LoadedEmbeddings } from "../bulkStore.js";
import { writeUuid } from "../copyFormat/uuidBytes.js";
import { canonicalOrder, type SelectionQuery, selectionQuery } from "../embeddings/embeddingSelection.js";
import { firstNotFinite, notFinite, wrongLength } from "../embeddings/readableVector.js";
import { EmbeddingUnreadableError } from "../errors/bulkErrors.js";
import type { TaskReporter } from "../threads/taskReporter.js";
import type { Connection } from "./connection.js";
import { sqliteDialect } from "./sqliteDialect.js";

const rowsPerReport = 2048;

/** Reads the ids in order first, then each vector by its rowid, so that vectors are not sorted. */
export function loadEmbeddings(
  connection: Connection,
  selection: EmbeddingSelection,
  reporter: TaskReporter,
): LoadedEmbeddings {
  connection.exec("BEGIN"); // both reads see one snapshot
  try {
    const model = connection
      .prepare(`SELECT "dimensions" FROM "EmbeddingModel" WHERE "id" = ?`)
      .get(selection.embeddingModelId) as { dimensions: number };
    const { sql, parameters } = rowsQuery(selection);
    const rows = connection
      .prepare(sql)
      .raw()
      .all(...parameters) as [rowid: number, id: string][];
    const count = rows.length;
    const { dimensions } = model;
    const vectors = new Float32Array(new SharedArrayBuffer(count * dimensions * 4));
    const bytes = new Uint8Array(vectors.buffer);
    const ids = new Uint8Array(new SharedArrayBuffer(count * 16));
    const oneVector = connection.prepare(`SELECT "vector" FROM "Embedding" WHERE rowid = ?`).raw();
    for (let row = 0; row < count; row++) {
      if (row % rowsPerReport === 0) reporter.report(row / count);
      const [rowid, id] = rows[row];
      const [vector] = oneVector.get(rowid) as [Buffer];
      if (vector.byteLength !== dimensions * 4) {
        throw new EmbeddingUnreadableError(id, wrongLength(vector.byteLength, dimensions));
      }
      bytes.set(vector, row * dimensions * 4);
      const place = firstNotFinite(vectors, row * dimensions, (row + 1) * dimensions);
      if (place >= 0) {
        throw new EmbeddingUnreadableError(id, notFinite(vectors[place], place - row * dimensions));
      }
      writeUuid(id, ids, row * 16);
    }
    return { count, ids, vectors, dimensions };
  } finally {
    connection.exec("COMMIT");
  }
}

/** Selects rowid and id of each embedding, in canonical order. */
export function rowsQuery(selection: EmbeddingSelection): SelectionQuery {
  const { sql, parameters } = selectionQuery(selection, sqliteDialect, { rowid: "e.rowid" });
  return { sql: `SELECT "rowid", "id" FROM (${sql}) ORDER BY ${canonicalOrder}`, parameters };
}
