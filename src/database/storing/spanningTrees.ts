import { webcrypto } from "node:crypto";
import { SpanningTreeUnreadableError } from "../errors/bulkErrors.js";
import type { SelectRows } from "../rowSelection.js";
import type { SqlDialect } from "../sqlDialect.js";
import type { Statement } from "./publication.js";

/** The row of a stored spanning tree. */
export interface StoredTree {
  id: string;
  byteLength: number;
  checksum: string;
}

/** A row with some of its bytes. */
export interface TreePiece {
  number: number;
  bytes: Uint8Array;
}

/** Few enough for a transaction to take only some hundredths of a second, and for neither database to have a huge row. */
export const bytesPerPiece = 2 ** 20;
/** The most that `byteLength` can say; a tree of more than 76 million different vectors is larger. */
export const mostTreeBytes = 2 ** 31 - 1;

export async function storedTree(id: string, bytes: Uint8Array): Promise<StoredTree> {
  return { id, byteLength: bytes.byteLength, checksum: await checksumOf(bytes) };
}

type Placeholder = Pick<SqlDialect, "placeholder">;

/** Inserts the row of a tree, without its pieces. */
export function treeInsert(
  { placeholder: at }: Placeholder,
  { id, byteLength, checksum }: StoredTree,
): Statement {
  return {
    sql: `INSERT INTO "SpanningTree" ("id", "byteLength", "checksum") VALUES (${at(1)}, ${at(2)}, ${at(3)})`,
    parameters: [id, byteLength, checksum],
  };
}

export function pieceInsert(
  { placeholder: at }: Placeholder,
  treeId: string,
  { number, bytes }: TreePiece,
): Statement {
  return {
    sql: `INSERT INTO "SpanningTreePiece" ("spanningTreeId", "number", "bytes") VALUES (${at(1)}, ${at(2)}, ${at(3)})`,
    parameters: [treeId, number, bytes],
  };
}

export function* treePieces(bytes: Uint8Array): Generator<TreePiece> {
  for (let first = 0, number = 0; first < bytes.byteLength; first += bytesPerPiece, number++) {
    yield { number, bytes: bytes.subarray(first, first + bytesPerPiece) };
  }
}

/**
 * Reads the bytes of a spanning tree, piece by piece.
 * @returns null if no tree has the id
 * @throws SpanningTreeUnreadableError if they are not those that were stored
 */
export async function readSpanningTree(
  select: SelectRows,
  { placeholder }: Placeholder,
  id: string,
): Promise<ArrayBuffer | null> {
  const [row] = await select({
    sql: `
      SELECT "byteLength", "checksum",
        (SELECT CAST(count(*) AS INTEGER) FROM "SpanningTreePiece" p WHERE p."spanningTreeId" = t."id")
      FROM "SpanningTree" t WHERE "id" = ${placeholder(1)}`,
    parameters: [id],
    types: ["int4", "text", "int4"],
  });
  if (row === undefined) return null;
  const [byteLength, checksum, pieces] = row as [number, string, number];
  // Before as much memory is taken as a damaged row may say.
  if (Math.ceil(byteLength / bytesPerPiece) !== pieces) {
    throw new SpanningTreeUnreadableError(id, `has ${byteLength} bytes in ${pieces} pieces`);
  }
  const all = new Uint8Array(byteLength);
  for (let number = 0; number < pieces; number++) {
    const [piece] = await select({
      sql: `
        SELECT "bytes" FROM "SpanningTreePiece"
        WHERE "spanningTreeId" = ${placeholder(1)} AND "number" = ${placeholder(2)}`,
      parameters: [id, number],
      types: ["bytea"],
    });
    const expected = Math.min(bytesPerPiece, byteLength - number * bytesPerPiece);
    const bytes = piece?.[0] as Uint8Array | undefined;
    if (bytes?.byteLength !== expected) {
      throw new SpanningTreeUnreadableError(
        id,
        `has ${bytes?.byteLength ?? 0} bytes instead of ${expected} in piece ${number}`,
      );
    }
    all.set(bytes, number * bytesPerPiece);
  }
  const found = await checksumOf(all);
  if (found !== checksum) {
    throw new SpanningTreeUnreadableError(id, `has the checksum ${found} instead of ${checksum}`);
  }
  return all.buffer;
}

/** Computed off the calling thread, which may be a server's. */
async function checksumOf(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest("SHA-256", bytes as BufferSource)).toString("hex");
}
