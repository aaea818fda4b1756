import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { layOut } from "../../../src/clustering/index.js";
import { widenFloat16 } from "../../../src/import/float16.js";

const data = widenFloat16(readFileSync("sample/data/vectors.f16"));
const digest = (places: Float32Array) => createHash("sha256").update(places).digest("hex").slice(0, 32);

/**
 * The places that Node 20.20, 22.23 and 24.21 computed with 1, 2 and 4 threads. They change only with `engineVersion`:
 * places that were stored could not be computed again.
 */
describe("the places of the sample's vectors", () => {
  it.each([
    [2, "85d18877e104c567771aa4698cb787c1"],
    [5, "c266685ec27812aa31d3adb0372d7f0f"],
  ])(
    "in %i dimensions are the same with any version of Node and any number of threads",
    async (dimensions, golden) => {
      for (const threads of [1, 2, 4]) {
        const { places } = await layOut({ data, dimensions: 512 }, { dimensions, normalize: true, threads });
        expect(digest(places)).toBe(golden);
      }
    },
  );
});
