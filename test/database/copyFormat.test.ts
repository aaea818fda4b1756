import fc from "fast-check";
import { expect, test } from "vitest";
import { CopyReader } from "../../src/database/copyFormat/copyReader.js";
import { CopyRows } from "../../src/database/copyFormat/copyRows.js";

/** The fields of every row, read from chunks that are split at these places. */
function readFields(bytes: Buffer, columns: number, cuts: number[]): (string | null)[][] {
  const rows: (string | null)[][] = [];
  const reader = new CopyReader(columns, ({ bytes: from, offsets, lengths }) => {
    rows.push(
      Array.from(offsets, (offset, field) =>
        lengths[field] < 0 ? null : from.toString("latin1", offset, offset + lengths[field]),
      ),
    );
  });
  const places = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  for (const [at, place] of places.slice(0, -1).entries()) reader.read(bytes.subarray(place, places[at + 1]));
  reader.end();
  return rows;
}

test("property: what is written can be read again, wherever the stream is split, and however large it grows", () => {
  const field = fc.option(fc.uint8Array({ maxLength: 600 }));
  const rows = fc.array(fc.tuple(field, field, field), { maxLength: 12 });
  fc.assert(
    fc.property(rows, fc.array(fc.nat(), { maxLength: 20 }), (given, cuts) => {
      const written = new CopyRows(3, 1);
      for (const row of given) {
        written.row();
        for (const bytes of row) written.bytes(bytes);
      }
      expect(written.count).toBe(given.length);
      expect(readFields(written.end(), 3, cuts)).toEqual(
        given.map((row) => row.map((bytes) => bytes && Buffer.from(bytes).toString("latin1"))),
      );
    }),
  );
});

test("every type is written as PostgreSQL's bytes", () => {
  const rows = new CopyRows(9, 1)
    .row()
    .uuid("0198c1b2-0000-7000-8001-00000000002a")
    .int4(-2)
    .int8(2n ** 62n + 1n)
    .float8(0.1)
    .bool(true)
    .text("é")
    .timestamptz(new Date("1999-12-31T23:59:59.999Z"))
    .bytes(new Uint8Array([1, 0, 255]))
    .null();
  const [fields] = readFields(rows.end(), 9, []);
  expect(fields.map((field) => field && Buffer.from(field, "latin1").toString("hex"))).toEqual([
    "0198c1b200007000800100000000002a",
    "fffffffe",
    "4000000000000001",
    "3fb999999999999a",
    "01",
    "c3a9",
    "fffffffffffffc18", // 1,000 microseconds before 2000
    "0100ff",
    null,
  ]);
});

test("a stream that ends early, or has other columns, is refused", () => {
  const bytes = new CopyRows(1).row().int4(7).end();
  const reader = new CopyReader(1, () => {});
  reader.read(bytes.subarray(0, bytes.length - 3));
  expect(() => reader.end()).toThrow(/within a row/);
  expect(() => new CopyReader(2, () => {}).read(bytes)).toThrow(/has 1 columns, not 2/);
  expect(() => new CopyReader(1, () => {}).read(Buffer.alloc(64))).toThrow(/not a binary COPY/);
});
