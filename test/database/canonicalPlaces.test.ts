import fc from "fast-check";
import { expect, test } from "vitest";
import { CanonicalPlaces } from "../../src/database/postgres/canonicalPlaces.js";

/** UUIDs of few different words, so that they share much, and of any. */
const word = fc.oneof(
  fc.constantFrom("00000000", "ffffffff", "80000000"),
  fc.stringMatching(/^[0-9a-f]{8}$/),
);
const id = fc.tuple(word, word, word, word).map((words) => words.join(""));
/** At an odd offset. */
const bytesOf = (...ids: string[]) => viewOf(Buffer.from(`ab${ids.join("")}`, "hex"));
const viewOf = ({ buffer, byteOffset, length }: Buffer) => new DataView(buffer, byteOffset, length);

test("property: an invocation is found at its place by run and number, and no other is found", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ run: id, number: fc.nat(5), invocation: id }), {
        selector: ({ invocation }) => invocation,
        maxLength: 80,
      }),
      fc.array(id, { maxLength: 20 }),
      (rows, others) => {
        const places = new CanonicalPlaces();
        for (const { run, number, invocation } of rows) places.add(bytesOf(run, invocation), 1, number, 17);
        expect(places.count).toBe(rows.length);
        const inOrder = [...rows].sort((a, b) =>
          a.run === b.run ? a.number - b.number : a.run < b.run ? -1 : 1,
        );
        for (const [place, { invocation }] of inOrder.entries()) {
          expect(places.placeOf(bytesOf(invocation), 1)).toBe(place);
        }
        const known = new Set(rows.map(({ invocation }) => invocation));
        for (const other of others) {
          if (!known.has(other)) expect(places.placeOf(bytesOf(other), 1)).toBe(-1);
        }
      },
    ),
  );
});

test("holds more than it was made for", () => {
  const places = new CanonicalPlaces();
  const run = Buffer.alloc(16, 7);
  const invocation = Buffer.alloc(16);
  const rows = 5000;
  for (let row = 0; row < rows; row++) {
    invocation.writeUInt32BE(row, 12);
    places.add(viewOf(Buffer.concat([run, invocation])), 0, rows - row, 16);
  }
  for (let row = 0; row < rows; row++) {
    invocation.writeUInt32BE(row, 12);
    expect(places.placeOf(viewOf(invocation), 0)).toBe(rows - 1 - row);
  }
});
