import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import Database from "libsql";
import { float32, type PanicTdaContent, type PanicTdaRow } from "./panicTdaFixture.js";

export interface PanicTdaTodayContent extends PanicTdaContent {
  clusterings?: PanicTdaRow[];
  assignments?: PanicTdaRow[];
}

export interface PanicTdaTodayLayout {
  /** How each id, and each reference to one, is written; given the number of ids written before. */
  spell?: (id: string, n: number) => unknown;
  withoutIndexes?: boolean;
  /** So that ids may repeat. */
  withoutKeys?: boolean;
  /** Only the columns that every version has. */
  withFewColumns?: boolean;
  /** The encoding of its texts. Default: UTF-8. */
  encoding?: "UTF-16le" | "UTF-16be";
  /** Written through a write-ahead log; "open" leaves its content in the log. */
  writeAheadLog?: "checkpointed" | "open";
}

/** The n-th id of a kind: a UUID of version 7. */
export function todayId(kind: "a" | "b" | "c" | "d" | "e" | "f", n: number): string {
  return `019c${kind}000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

export const asDigits = (id: string) => id.replaceAll("-", "");
export const asBytes = (id: string) => Buffer.from(asDigits(id), "hex");

export function avif(content: string): Buffer {
  return Buffer.from(`\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf${content}`, "latin1");
}

/**
 * Runs of `steps` invocations, alternating images and texts, each with an embedding; and a clustering of these
 * embeddings.
 */
export function todayContent(runs: number, steps: number, picture = avif("picture")): PanicTdaTodayContent {
  const content: Required<PanicTdaTodayContent> = {
    ...{ runs: [], invocations: [], embeddings: [], assignments: [] },
    clusterings: [{ id: todayId("e", 0) }],
  };
  for (let r = 0; r < runs; r++) {
    content.runs.push({ id: todayId("a", r), run_number: r });
    for (let s = 0; s < steps; s++) {
      const n = r * steps + s;
      const isImage = s % 2 === 0;
      content.invocations.push({
        id: todayId("b", n),
        run_id: todayId("a", r),
        sequence_number: s,
        type: isImage ? "image" : "text",
        model: isImage ? "Flux2Klein" : "Pixtral",
        input_invocation_id: s === 0 ? null : todayId("b", n - 1),
        output_text: isImage ? null : `text ${n}`,
        output_image: isImage ? picture : null,
      });
      content.embeddings.push(todayEmbedding(n, n, isImage ? "NomicVision" : "Nomic"));
      content.assignments.push({
        ...{ id: todayId("f", n), embedding_id: todayId("d", n), clustering_result_id: todayId("e", 0) },
        medoid_embedding_id: s === 0 ? null : todayId("d", 1),
      });
    }
  }
  return content;
}

export function todayEmbedding(n: number, invocation: number, embedding_model = "Nomic"): PanicTdaRow {
  return {
    ...{ id: todayId("d", n), invocation_id: todayId("b", invocation), embedding_model },
    vector: float32(1, n + 1),
  };
}

const idColumns = [
  ...["id", "run_id", "experiment_id", "input_invocation_id", "invocation_id", "embedding_id"],
  ...["clustering_result_id", "medoid_embedding_id"],
];

const inserted = { inserted_at: "2026-09-05T04:39:58.000001Z", updated_at: "2026-09-05T04:39:58.000001Z" };
const times = { started_at: "2026-09-05T04:40:00.123456Z", completed_at: "2026-09-05T04:40:01Z" };
const defaults: Record<string, PanicTdaRow> = {
  runs: {
    ...{ experiment_id: todayId("c", 0), network: '["Flux2Klein","Pixtral"]', run_number: 0 },
    ...{ max_length: 10, initial_prompt: "a prompt", ...inserted },
  },
  invocations: { ...times, seed: 7, ...inserted },
  embeddings: times,
  clustering_results: { algorithm: "evoc", parameters: "{}", layer: 0 },
  embedding_clusters: {},
};
const optionalColumns = [
  ...[
    "experiment_id",
    "run_number",
    "max_length",
    "seed",
    "input_invocation_id",
    "started_at",
    "completed_at",
  ],
  ...["inserted_at", "updated_at", "output_image"],
];

/** The rows of each table, with what they leave out. */
function todayTables(content: PanicTdaTodayContent): Record<string, PanicTdaRow[]> {
  const tables: Record<string, PanicTdaRow[]> = {
    runs: content.runs,
    invocations: content.invocations,
    embeddings: content.embeddings,
    clustering_results: content.clusterings ?? [],
    embedding_clusters: content.assignments ?? [],
  };
  return Object.fromEntries(
    Object.entries(tables).map(([table, rows]) => [
      table,
      rows.map((row): PanicTdaRow => ({ ...defaults[table], ...row })),
    ]),
  );
}

/** Writes a database of panic-tda's Elixir form. @returns its connection, which the caller closes */
export function writePanicTdaToday(
  path: string,
  content: PanicTdaTodayContent,
  layout: PanicTdaTodayLayout = {},
): Database.Database {
  const { spell = (id) => id } = layout;
  const database = new Database(path);
  if (layout.encoding) database.exec(`PRAGMA encoding = '${layout.encoding}'`);
  if (layout.writeAheadLog) database.exec("PRAGMA journal_mode = WAL");
  const id = layout.withoutKeys ? "id" : "id TEXT NOT NULL PRIMARY KEY";
  database.exec(`
    PRAGMA foreign_keys = OFF;
    CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, inserted_at TEXT);
    CREATE TABLE experiments (id TEXT NOT NULL PRIMARY KEY, name TEXT);
    INSERT INTO experiments VALUES ('${todayId("c", 0)}', 'first');
    CREATE TABLE runs (${id}, network TEXT, initial_prompt TEXT, experiment_id TEXT, run_number INTEGER,
      max_length INTEGER, inserted_at TEXT, updated_at TEXT);
    CREATE TABLE invocations (${id}, run_id TEXT, sequence_number INTEGER, type TEXT, model TEXT, output_text TEXT,
      output_image BLOB, input_invocation_id TEXT, seed bigint, started_at TEXT, completed_at TEXT,
      inserted_at TEXT, updated_at TEXT);
    CREATE TABLE embeddings (${id}, invocation_id TEXT, embedding_model TEXT, vector BLOB, started_at TEXT,
      completed_at TEXT);
    CREATE TABLE clustering_results (${id}, algorithm TEXT, parameters TEXT, layer INTEGER);
    CREATE TABLE embedding_clusters (${id}, embedding_id TEXT, clustering_result_id TEXT, medoid_embedding_id TEXT);`);
  if (!layout.withoutIndexes) {
    database.exec(`
      CREATE INDEX invocations_run_id ON invocations (run_id, sequence_number);
      CREATE INDEX embeddings_invocation_id ON embeddings (invocation_id, embedding_model);`);
  }
  if (layout.withFewColumns) {
    for (const table of ["runs", "invocations", "embeddings"]) {
      for (const column of optionalColumns.filter((name) => hasColumn(database, table, name))) {
        database.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
      }
    }
  }
  let ids = 0;
  database.exec("BEGIN");
  for (const [table, rows] of Object.entries(todayTables(content))) {
    for (const row of rows) {
      const columns = Object.keys(row).filter((column) => hasColumn(database, table, column));
      const values = columns.map((column) => {
        const value = row[column];
        const isId = idColumns.includes(column) && typeof value === "string" && value.startsWith("019c");
        return isId ? spell(value, ids++) : value;
      });
      database
        .prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => "?").join()})`)
        .run(values);
    }
  }
  database.exec("COMMIT");
  if (layout.writeAheadLog === "checkpointed") database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return database;
}

function hasColumn(database: Database.Database, table: string, column: string): boolean {
  return (
    database.prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?").get([table, column]) !== undefined
  );
}

export interface PanicTdaDumpLayout {
  /** Names of tables without a file. */
  withoutFiles?: string[];
  /** Rows per row group. Default: 5. */
  rowGroupSize?: number;
  /** The type of the numbers of vectors. Default: FLOAT, as panic-tda writes them. */
  vectorType?: "FLOAT" | "DOUBLE";
}

const textColumns = new Set([
  ...idColumns,
  ...[
    "network",
    "initial_prompt",
    "type",
    "model",
    "output_text",
    "embedding_model",
    "algorithm",
    "parameters",
  ],
  ...["started_at", "completed_at", "inserted_at", "updated_at"],
]);
const dumpColumns: Record<string, string[]> = {
  runs: [...["id", "experiment_id", "network", "run_number", "max_length", "initial_prompt"], "inserted_at"],
  invocations: [
    ...["id", "run_id", "input_invocation_id", "sequence_number", "type", "model", "output_text", "seed"],
    ...["started_at", "completed_at", "inserted_at", "updated_at"],
  ],
  embeddings: ["id", "invocation_id", "embedding_model", "vector", "started_at", "completed_at"],
  clustering_results: ["id", "algorithm", "parameters", "layer"],
  embedding_clusters: ["id", "embedding_id", "clustering_result_id", "medoid_embedding_id"],
};

/** Writes the Parquet files of a dump, compressed by zstd; there are no images. */
export function writePanicTdaDump(
  directory: string,
  content: PanicTdaTodayContent,
  { withoutFiles = [], rowGroupSize = 5, vectorType = "FLOAT" }: PanicTdaDumpLayout = {},
): void {
  mkdirSync(directory, { recursive: true });
  for (const [table, rows] of Object.entries(todayTables(content))) {
    if (withoutFiles.includes(table)) continue;
    const columns = dumpColumns[table];
    const file = parquetWriteBuffer({
      columnData: columns.map((name) => ({ name, data: rows.map((row) => dumpValue(name, row[name])) })),
      schema: [
        { name: "root", num_children: columns.length },
        ...columns.flatMap((name) => schemaOf(name, vectorType)),
      ],
      codec: "ZSTD",
      compressors: { ZSTD: storedZstd },
      rowGroupSize,
    });
    writeFileSync(join(directory, `${table}.parquet`), Buffer.from(file));
  }
}

function schemaOf(name: string, vectorType: "FLOAT" | "DOUBLE"): SchemaElement[] {
  if (textColumns.has(name)) {
    return [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }];
  }
  if (name !== "vector") return [{ name, type: "INT64", repetition_type: "OPTIONAL" }];
  return [
    { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: vectorType, repetition_type: "OPTIONAL" },
  ];
}

function dumpValue(name: string, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (name !== "vector") return typeof value === "number" ? BigInt(value) : value;
  if (!Buffer.isBuffer(value)) return value;
  return [...new Float32Array(new Uint8Array(value).buffer)];
}

/** A frame of zstd whose blocks are not compressed (RFC 8878): Node compresses by zstd only from version 22. */
function storedZstd(bytes: Uint8Array): Uint8Array {
  const largestBlock = 128 * 1024;
  const header = Buffer.from("28b52ffda000000000", "hex"); // a single segment; its length in 4 bytes
  header.writeUInt32LE(bytes.length, 5);
  const parts: Uint8Array[] = [header];
  for (let at = 0; at === 0 || at < bytes.length; at += largestBlock) {
    const block = bytes.subarray(at, at + largestBlock);
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE(block.length * 8 + (at + largestBlock >= bytes.length ? 1 : 0), 0, 3);
    parts.push(blockHeader, block);
  }
  return Buffer.concat(parts);
}
