import fc from "fast-check";
import { expect, test } from "vitest";
import { CanonicalPlaces } from "../../src/database/postgres/loading/canonicalPlaces.js";

/** UUIDs of few different words, so that they share long prefixes, and arbitrary ones. */
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
        for (const { invocation } of rows) places.announce(bytesOf(invocation), 1);
        expect(places.count).toBe(rows.length);
        const known = new Set(rows.map(({ invocation }) => invocation));
        const unknown = others.filter((other) => !known.has(other));
        for (const other of unknown) places.locate(bytesOf(other, other), 1, 17, 0); // has no embedding
        for (const { run, number, invocation } of [...rows].reverse()) {
          places.locate(bytesOf(run, invocation), 17, 1, number);
        }
        const inOrder = [...rows].sort((a, b) =>
          a.run === b.run ? a.number - b.number : a.run < b.run ? -1 : 1,
        );
        for (const [place, { invocation }] of inOrder.entries()) {
          expect(places.placeOf(bytesOf(invocation), 1)).toBe(place);
        }
        for (const other of unknown) expect(places.placeOf(bytesOf(other), 1)).toBe(-1);
      },
    ),
  );
});

test("holds more than it was created for", () => {
  const places = new CanonicalPlaces();
  const run = Buffer.alloc(16, 7);
  const invocation = Buffer.alloc(16);
  const rows = 5000;
  for (let row = 0; row < rows; row++) {
    invocation.writeUInt32BE(row, 12);
    const bytes = viewOf(Buffer.concat([run, invocation]));
    places.announce(bytes, 16);
    places.locate(bytes, 16, 0, rows - row);
  }
  for (let row = 0; row < rows; row++) {
    invocation.writeUInt32BE(row, 12);
    expect(places.placeOf(viewOf(invocation), 0)).toBe(rows - 1 - row);
  }
});

test("returns no place for an invocation that was not added", () => {
  const places = new CanonicalPlaces();
  const [run, first, second] = [1, 2, 3].map((byte) => Buffer.alloc(16, byte));
  for (const invocation of [first, second]) places.announce(viewOf(invocation), 0);
  places.locate(viewOf(Buffer.concat([run, first])), 16, 0, 0);
  expect(() => places.placeOf(viewOf(first), 0)).toThrow("Of 2 invocations 1 were located");
});
