import { expect, test } from "vitest";
import type { StoredValue } from "../../../src/database/rowSelection.js";
import { sqliteDialect } from "../../../src/database/sqlite/sqliteDialect.js";
import { mapPointsPiece } from "../../../src/export/mapPoints/mapPointsPiece.js";
import type { PageStart } from "../../../src/export/rowsOfPiece.js";
import { compressPieces } from "../../../src/server/contentEncoding.js";
import { random } from "../../clustering/shuffled.js";

const next = random(1);
const bell = () => next() + next() + next() - 1.5;
const hex = (digits: number) =>
  Array.from({ length: digits }, () => Math.floor(16 * next()).toString(16)).join("");

/** 200 islands of unequal sizes, and 40 % outliers between them; ids of which no part can be foreseen. */
function islands(count: number): StoredValue[][] {
  const middles = Array.from({ length: 200 }, () => [5 + 6 * bell(), 5 + 6 * bell()]);
  const rows = Array.from({ length: count }, () => {
    const id = `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
    const isOutlier = next() < 0.4;
    const label = isOutlier ? -1 : Math.floor(200 * next() ** 2);
    const [x, y] = isOutlier ? [5 + 8 * bell(), 5 + 8 * bell()] : middles[label];
    const probability = isOutlier ? 0 : Math.min(1, 0.4 + 0.8 * next());
    return [id, x + 0.3 * bell(), y + 0.3 * bell(), label, probability, false];
  });
  return rows.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a server sends of them, piece by piece. */
async function* pieces(rows: StoredValue[][]): AsyncGenerator<Uint8Array> {
  const file = {
    ...{ embeddingMapId: "m", clusteringResultId: "r", origin: false },
    ...{ clusterCount: 200, metadata: "{}" },
  };
  let after: PageStart = null;
  do {
    const from = after === null ? 0 : rows.findIndex(([id]) => id === after) + 1;
    let read = from;
    const piece = await mapPointsPiece({ ...file, after }, sqliteDialect, async ({ parameters }) => {
      const page = rows.slice(read, read + Number(parameters.at(-1)));
      read += page.length;
      return page;
    });
    after = piece.next;
    yield piece.bytes;
  } while (after !== null);
}

test("100,000 points of a map with their clusters are less than 2.5 MB on the wire", async () => {
  const rows = islands(100_000);
  const sizes: number[] = [];
  for (const encoding of ["br", "gzip"] as const) {
    let bytes = 0;
    for await (const chunk of compressPieces(pieces(rows), encoding)) bytes += chunk.length;
    sizes.push(bytes);
  }
  for (const bytes of sizes) expect(bytes).toBeLessThan(2_500_000);
  for (const bytes of sizes) expect(bytes).toBeGreaterThan(1_600_000); // no more than the ids could be lost
}, 60_000);
