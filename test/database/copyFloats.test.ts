import fc from "fast-check";
import { expect, test } from "vitest";
import { copyFloats } from "../../src/database/postgres/loading/copyFloats.js";

const special = [0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffffffff, 0x7f7fffff, 1];
/** A float32 from its bits: also NaNs that are not the usual one, and subnormal numbers. */
const bits = fc.oneof(fc.constantFrom(...special), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

test("property: float32s are copied bit by bit from any offset, and reported as finite if all are", () => {
  fc.assert(
    fc.property(
      fc.array(bits, { maxLength: 20 }),
      fc.nat(7),
      fc.nat(5),
      fc.boolean(),
      (words, offset, at, isShared) => {
        const from = new DataView(new ArrayBuffer(offset + 4 * words.length));
        for (const [i, word] of words.entries()) from.setUint32(offset + 4 * i, word, true);
        const size = 4 * (at + words.length + 1);
        const memory = isShared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
        const floats = words.map((_, i) => from.getFloat32(offset + 4 * i, true));
        expect(copyFloats(from, offset, new Int32Array(memory), at, words.length)).toBe(
          floats.every(Number.isFinite),
        );
        const copied = [...new Uint32Array(memory)];
        expect(copied).toEqual([...Array(at).fill(0), ...words, 0]);
      },
    ),
  );
});
