import { tableFromIPC } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { readMapPoints } from "../../src/cli/map/mapPoints.js";
import { pointsCsv } from "../../src/cli/map/pointsCsv.js";
import { readUuid } from "../../src/database/copyFormat/uuidBytes.js";
import { arrowPoints } from "../../src/export/mapPoints/arrowPoints.js";
import type { PointRow } from "../../src/export/mapPoints/mapPointsTable.js";
import { uuid } from "../fixtures.js";

type ClusteredRow = Extract<PointRow, { length: 6 }>;
const rows: ClusteredRow[] = [
  [uuid("Embedding", 0), 1.5, -2.25, 0, 1, true],
  [uuid("Embedding", 1), 0.1, 1e-30, 46, 0.3, false],
  [uuid("Embedding", 2), 0, 3e9, -1, 0, false],
  [uuid("Embedding", 3), -7, 8, null, null, false],
];
const metadata = '{"embeddingMapId":"x","umlaut":"ü"}';

/** A stream in parts of a given number of rows. */
function stream(
  all: PointRow[],
  size: number,
  clusterCount: number | null,
  { origin = false } = {},
): Uint8Array[] {
  const parts = Array.from({ length: Math.max(1, Math.ceil(all.length / size)) }, (_, n) =>
    all.slice(n * size, (n + 1) * size),
  );
  return parts.map((part, n) =>
    arrowPoints(part, { clusterCount, origin }, metadata, {
      isFirst: n === 0,
      isLast: n === parts.length - 1,
    }),
  );
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

describe("the points of a map in Arrow's format", () => {
  test.each([1, 3, 4])("are one stream, in however many parts it is made: of %i rows", (size) => {
    const table = tableFromIPC(Buffer.concat(stream(rows, size, 47)));
    expect(table.schema.metadata).toEqual(new Map([["medoid", metadata]]));
    expect(table.schema.fields.map(({ name, type, nullable }) => [name, String(type), nullable])).toEqual([
      ["embedding_id", "FixedSizeBinary[16]", false],
      ["x", "Float32", false],
      ["y", "Float32", false],
      ["label", "Int16", true],
      ["probability", "Float32", true],
      ["is_medoid", "Bool", false],
    ]);
    expect(table.schema.fields[0].metadata.get("ARROW:extension:name")).toBe("arrow.uuid");
    const read = table.toArray().map((row) => {
      const { embedding_id, x, y, label, probability, is_medoid } = row.toJSON();
      return [readUuid(embedding_id, 0), x, y, label, probability, is_medoid];
    });
    const single = (value: number | null) => value && Math.fround(value);
    expect(read).toEqual(
      rows.map(([id, x, y, label, probability, isMedoid]) => [
        ...[id, single(x), single(y), label, single(probability ?? null), isMedoid],
      ]),
    );
  });

  test.each([
    [32_768, "Int16", 32_767],
    [32_769, "Int32", 32_768],
  ])("have labels of as many bits as %i clusters need", (clusterCount, type, greatest) => {
    const labels = [0, greatest, -1, null];
    const points = labels.map((label, n): PointRow => [uuid("Embedding", n), 0, 0, label, 1, false]);
    const table = tableFromIPC(Buffer.concat(stream(points, 4, clusterCount)));
    expect(String(table.schema.fields[3].type)).toBe(type);
    expect([...table.getChild("label")!]).toEqual(labels);
  });

  test("have no columns of clusters without a clustering, and none of 100,000 needs more than 24 bytes", () => {
    const many = Array.from({ length: 100_000 }, (_, n): PointRow => [uuid("Embedding", n), n, -n]);
    const bytes = Buffer.concat(stream(many, 16_384, null));
    expect(bytes.length).toBeLessThan(2_410_000);
    const table = tableFromIPC(bytes);
    expect(table.schema.fields.map(({ name }) => name)).toEqual(["embedding_id", "x", "y"]);
    expect([table.numRows, table.get(99_999)?.y]).toEqual([100_000, -99_999]);
  });

  describe("with the origin of their embeddings", () => {
    const origins: [string, string, string, number][] = [
      ['["painter","viewer"]', "a prompt, schön", "viewer", 1],
      ['["painter","viewer"]', "another", "viewer", 3],
      ['["sketcher"]', "a prompt, schön", "sketcher", 70_000],
      ['["painter","viewer"]', "", "viewer", 5],
    ];
    const withOrigin = rows.map((row, n): PointRow => [...row, ...origins[n]]);

    test.each([1, 2, 3, 4])(
      "have texts from dictionaries of the parts, of %i rows, with clusters and without",
      (size) => {
        for (const [points, clusterCount] of [
          [withOrigin, 47],
          [withOrigin.map((row) => [...row.slice(0, 3), ...row.slice(-4)] as PointRow), null],
        ] as const) {
          const table = tableFromIPC(Buffer.concat(stream(points, size, clusterCount, { origin: true })));
          expect(
            table.schema.fields.slice(-4).map(({ name, type, nullable }) => [name, String(type), nullable]),
          ).toEqual([
            ["network", "Dictionary<Int16, Utf8>", false],
            ["initial_prompt", "Dictionary<Int16, Utf8>", false],
            ["model", "Dictionary<Int16, Utf8>", false],
            ["sequence_number", "Int32", false],
          ]);
          const read = table.toArray().map((row) => {
            const { x, network, initial_prompt, model, sequence_number } = row.toJSON();
            return [x, network, initial_prompt, model, sequence_number];
          });
          expect(read).toEqual(origins.map((origin, n) => [Math.fround(rows[n][1]), ...origin]));
        }
      },
    );

    test("have each text once in a part, and need 10 bytes more", () => {
      const prompt = "x".repeat(10_000);
      const many = (origin: boolean) =>
        Array.from(
          { length: 16_384 },
          (_, n) => [uuid("Embedding", n), n, -n, ...(origin ? ['["a"]', prompt, "a", n] : [])] as PointRow,
        );
      const [alone, origin] = [false, true].map(
        (origin) => stream(many(origin), 16_384, null, { origin })[0].length,
      );
      expect(origin - alone).toBeLessThan(10 * 16_384 + prompt.length + 4096);
    });

    test("can have as many texts as a part has rows", () => {
      const many = Array.from(
        { length: 16_384 },
        (_, n) => [uuid("Embedding", n), n, -n, '["a"]', `prompt ${n}`, "a", n] as PointRow,
      );
      const table = tableFromIPC(stream(many, 16_384, null, { origin: true })[0]);
      expect(table.get(16_383)?.initial_prompt).toBe("prompt 16383");
    });
  });

  test("of no points are a stream with a schema", () => {
    for (const origin of [false, true])
      expect(tableFromIPC(Buffer.concat(stream([], 10, 0, { origin }))).numRows).toBe(0);
  });

  test("are read from pieces of any size, and written as CSV with the digits that tell float32 numbers apart", async () => {
    const bytes = Buffer.concat(stream(rows, 3, 47));
    for (const size of [7, 64, 100_000]) {
      const csv: Uint8Array[] = [];
      for await (const piece of pointsCsv(readMapPoints(chunks(bytes, size)), true)) csv.push(piece);
      expect(String(Buffer.concat(csv)).split("\n")).toEqual([
        "embedding_id,x,y,label,probability,is_medoid",
        `${uuid("Embedding", 0)},1.5,-2.25,0,1,true`,
        `${uuid("Embedding", 1)},0.100000001,1e-30,46,0.300000012,false`,
        `${uuid("Embedding", 2)},0,3000000000,-1,0,false`,
        `${uuid("Embedding", 3)},-7,8,,,false`,
        "",
      ]);
    }
  });

  test("a stream that is cut off is refused", async () => {
    const bytes = Buffer.concat(stream(rows, 4, 47));
    const read = async () => {
      let count = 0;
      for await (const piece of readMapPoints(chunks(bytes.subarray(0, 900), 100))) count += piece.count;
      return count;
    };
    await expect(read()).rejects.toThrow();
  });
});
