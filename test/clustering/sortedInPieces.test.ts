import { afterEach, expect, it, vi } from "vitest";
import { PIECE, sortedInPieces } from "../../src/clustering/sortedInPieces.js";
import { random } from "./shuffled.js";

const next = random(3);
const numbers = (count: number, of: (k: number) => number) => Array.from({ length: count }, (_, k) => of(k));
const count = 2 * PIECE + 17;

afterEach(() => {
  vi.restoreAllMocks();
});

it.each<[string, number[]]>([
  ["none", []],
  ["less than a piece", [3, 1, 2]],
  ["one piece", numbers(PIECE, () => Math.floor(next() * 2 ** 32))],
  ["a piece and one number", numbers(PIECE + 1, (k) => PIECE - k)],
  ["many", numbers(count, () => Math.floor(next() * 2 ** 32))],
  ["ascending", numbers(count, (k) => k)],
  ["descending", numbers(count, (k) => count - k)],
  ["few different ones", numbers(count, () => Math.floor(next() * 3))],
])("numbers are sorted, no more than a piece at a time: %s", (_, input) => {
  for (const Kind of [Float64Array, Uint32Array]) {
    const values = Kind.from(input);
    const expected = values.toSorted();
    const sort = vi.spyOn(Kind.prototype, "sort");
    const sorted = sortedInPieces(values);
    const lengths = (sort.mock.contexts as { length: number }[]).map(({ length }) => length);
    sort.mockRestore();
    // Quicker than `toEqual` for so many numbers.
    expect(Buffer.from(sorted.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
    expect(Math.max(0, ...lengths)).toBe(Math.min(PIECE, input.length));
  }
});
