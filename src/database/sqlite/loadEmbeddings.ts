import { createHash } from "node:crypto";
import { EmbeddingUnreadableError } from "../bulkErrors.js";
import type { EmbeddingSelection, LoadedEmbeddings } from "../bulkStore.js";
import { writeUuid } from "../uuidBytes.js";
import type { Connection } from "./connection.js";
import { selectionQuery } from "./embeddingSelection.js";
import type { TaskReporter } from "./taskReporter.js";

const rowsPerReport = 2048;

/** Reads the ids in order first, then each vector by its rowid: sorting never moves vectors. */
export function loadEmbeddings(
  connection: Connection,
  selection: EmbeddingSelection,
  reporter: TaskReporter,
): LoadedEmbeddings {
  connection.exec("BEGIN"); // both reads see one state
  try {
    const model = connection
      .prepare(`SELECT "dimensions" FROM "EmbeddingModel" WHERE "id" = ?`)
      .get(selection.embeddingModelId) as { dimensions: number };
    const { sql, parameters } = selectionQuery(selection);
    const rows = connection
      .prepare(sql)
      .raw()
      .all(...parameters) as [rowid: number, id: string][];
    const count = rows.length;
    const { dimensions } = model;
    const vectors = new Float32Array(new SharedArrayBuffer(count * dimensions * 4));
    const bytes = new Uint8Array(vectors.buffer);
    const ids = new Uint8Array(new SharedArrayBuffer(count * 16));
    const hash = createHash("sha256");
    const oneVector = connection.prepare(`SELECT "vector" FROM "Embedding" WHERE rowid = ?`).raw();
    for (let row = 0; row < count; row++) {
      if (row % rowsPerReport === 0) reporter.report(row / count);
      const [rowid, id] = rows[row];
      const [vector] = oneVector.get(rowid) as [Buffer];
      if (vector.byteLength !== dimensions * 4) {
        throw new EmbeddingUnreadableError(
          id,
          `holds ${vector.byteLength} bytes, not ${dimensions} float32s (${dimensions * 4} bytes)`,
        );
      }
      bytes.set(vector, row * dimensions * 4);
      for (let i = row * dimensions; i < (row + 1) * dimensions; i++) {
        if (!Number.isFinite(vectors[i])) {
          throw new EmbeddingUnreadableError(id, `holds ${vectors[i]} at index ${i - row * dimensions}`);
        }
      }
      writeUuid(id, ids, row * 16);
      hash.update(ids.subarray(row * 16, row * 16 + 16)).update(vector);
    }
    return { count, ids, vectors, dimensions, digest: hash.digest("hex") };
  } finally {
    connection.exec("COMMIT");
  }
}
