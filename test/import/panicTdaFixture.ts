import Database from "libsql";

export type PanicTdaRow = Record<string, unknown>;

/** The content of an upstream database: rows that state only what differs from a usable row. */
export interface PanicTdaContent {
  runs: PanicTdaRow[];
  invocations: PanicTdaRow[];
  embeddings: PanicTdaRow[];
}

export interface PanicTdaLayout {
  /** In the layout that existed for a week: with a table `cluster`. */
  withCluster?: boolean;
  withoutIndexes?: boolean;
  /** So that ids may repeat. */
  withoutKeys?: boolean;
  /** The encoding of its texts. Default: UTF-8. */
  encoding?: "UTF-16le" | "UTF-16be";
  /** Written through a write-ahead log; "open" leaves its content in the log. */
  writeAheadLog?: "checkpointed" | "open";
  /** Column definitions in place of the usual ones: neither foreign keys nor types were ever enforced. */
  idType?: string;
}

/** The n-th id of a kind: 32 hex digits. None looks like a number, as one with an "e" would. */
export function panicTdaId(kind: "a" | "b" | "c" | "d", n: number): string {
  return `0198${kind}${n.toString(16).padStart(27, "0")}`;
}

/** That id as Medoid stores it. */
export function medoidId(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Runs of `steps` invocations, alternating pictures and texts, each text with an embedding of two models. */
export function panicTdaContent(runs: number, steps: number, picture = webp("picture")): PanicTdaContent {
  const content: PanicTdaContent = { runs: [], invocations: [], embeddings: [] };
  for (let r = 0; r < runs; r++) {
    content.runs.push({ id: panicTdaId("a", r) });
    for (let s = 0; s < steps; s++) {
      const n = r * steps + s;
      const isImage = s % 2 === 0;
      content.invocations.push({
        id: panicTdaId("b", n),
        run_id: panicTdaId("a", r),
        sequence_number: s,
        type: isImage ? "IMAGE" : "TEXT",
        model: isImage ? "FluxDev" : "Moondream",
        input_invocation_id: s === 0 ? null : panicTdaId("b", n - 1),
        output_text: isImage ? null : `text ${n}`,
        output_image_data: isImage ? picture : null,
      });
      if (isImage) continue;
      content.embeddings.push(embeddingRow(2 * n, n), embeddingRow(2 * n + 1, n, "Jina", [1, 2, n]));
    }
  }
  return content;
}

export function embeddingRow(
  n: number,
  invocation: number,
  embedding_model = "Nomic",
  vector: number[] | Buffer | null = [1, n + 1],
): PanicTdaRow {
  return {
    id: panicTdaId("d", n),
    invocation_id: panicTdaId("b", invocation),
    embedding_model,
    vector: Array.isArray(vector) ? float32(...vector) : vector,
  };
}

export function float32(...numbers: number[]): Buffer {
  return Buffer.from(Float32Array.from(numbers).buffer);
}

export function webp(content: string): Buffer {
  return Buffer.from(`RIFF\x10\0\0\0WEBPVP8 ${content}`, "latin1");
}

/** Writes an upstream database of the Python era. @returns its connection, which the caller closes */
export function writePanicTda(
  path: string,
  { runs, invocations, embeddings }: PanicTdaContent,
  layout: PanicTdaLayout = {},
): Database.Database {
  const database = new Database(path);
  if (layout.encoding) database.exec(`PRAGMA encoding = '${layout.encoding}'`);
  const id = layout.idType ?? "CHAR(32)";
  const key = layout.withoutKeys ? "" : "PRIMARY KEY";
  if (layout.writeAheadLog) database.exec("PRAGMA journal_mode = WAL");
  database.exec(`
    PRAGMA foreign_keys = OFF;
    CREATE TABLE experimentconfig (id CHAR(32) NOT NULL PRIMARY KEY, networks JSON NOT NULL);
    CREATE TABLE run (id ${id} ${key}, network JSON, seed INTEGER, max_length INTEGER, initial_prompt VARCHAR,
      experiment_id CHAR(32));
    CREATE TABLE invocation (id ${id} ${key}, started_at DATETIME, completed_at DATETIME, model VARCHAR,
      type VARCHAR(5), seed INTEGER, run_id CHAR(32), sequence_number INTEGER, input_invocation_id CHAR(32),
      output_text VARCHAR, output_image_data BLOB);
    CREATE TABLE embedding (id ${id} ${key}, started_at DATETIME, completed_at DATETIME, invocation_id CHAR(32),
      embedding_model VARCHAR, vector BLOB);
    CREATE TABLE clusteringresult (id CHAR(32) NOT NULL PRIMARY KEY, embedding_model VARCHAR NOT NULL);`);
  if (layout.withCluster) {
    database.exec(
      "CREATE TABLE cluster (id CHAR(32) NOT NULL PRIMARY KEY, clustering_result_id CHAR(32), medoid_embedding_id CHAR(32))",
    );
  }
  if (!layout.withoutIndexes) {
    database.exec(`
      CREATE INDEX ix_invocation_run_id ON invocation (run_id);
      CREATE INDEX ix_embedding_invocation_id ON embedding (invocation_id);`);
  }
  const times = { started_at: "2025-07-19 04:40:00.123456", completed_at: "2025-07-19 04:40:01" };
  database.exec("BEGIN");
  insert(database, "run", runs, {
    network: '["FluxDev", "Moondream"]',
    seed: -1,
    max_length: 10,
    initial_prompt: "a prompt",
  });
  insert(database, "invocation", invocations, { ...times, seed: 7 });
  insert(database, "embedding", embeddings, times);
  database.exec("COMMIT");
  if (layout.writeAheadLog === "checkpointed") database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return database;
}

function insert(database: Database.Database, table: string, rows: PanicTdaRow[], usual: PanicTdaRow): void {
  for (const row of rows) {
    const full = { ...usual, ...row };
    const columns = Object.keys(full);
    database
      .prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => "?").join()})`)
      .run(Object.values(full));
  }
}
