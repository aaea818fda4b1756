import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpanningTreeUnreadableError } from "../../src/database/errors/bulkErrors.js";
import { spanningTreeBytes, spanningTreeOf } from "../../src/jobs/clustering/spanningTreeBytes.js";
import { clusterHere } from "../clustering/clusterHere.js";

/** Rows of which many are equal. */
const rows = fc
  .record({
    dimensions: fc.integer({ min: 1, max: 3 }),
    numbers: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 90 }),
  })
  .map(({ dimensions, numbers }) => ({
    dimensions,
    data: Float32Array.from(numbers.slice(0, numbers.length - (numbers.length % dimensions))),
  }));
const parameters = { minClusterSize: 2, minSamples: 1 };

describe("the stored bytes of a spanning tree", () => {
  it("are read as the same tree", () => {
    fc.assert(
      fc.property(rows, ({ data, dimensions }) => {
        const { spanningTree } = clusterHere(data, dimensions, parameters);
        expect(spanningTreeOf("id", spanningTreeBytes(spanningTree).buffer)).toEqual(spanningTree);
      }),
    );
  });

  it("are 28 for each row if all rows are distinct, and 4 for each further row", () => {
    const bytesOf = (data: Float32Array) =>
      spanningTreeBytes(clusterHere(data, 1, parameters).spanningTree).byteLength;
    const distinct = Float32Array.from({ length: 100 }, (_, i) => i * i);
    expect(bytesOf(distinct)).toBe(28 * 100);
    expect(bytesOf(Float32Array.of(...distinct, ...distinct))).toBe(28 * 100 + 4 * 100);
  });

  const { spanningTree } = clusterHere(Float32Array.of(1, 1, 2, 4, 9), 1, parameters);
  it.each<[string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>, RegExp]>([
    ["nothing", () => new Uint8Array(0), /has only 0 bytes/],
    ["less", (bytes) => bytes.slice(0, -4), /has 124 bytes instead of 128|bytes instead of/],
    ["more", (bytes) => new Uint8Array([...bytes, 0, 0, 0, 0]), /bytes instead of/],
    ["another format", (bytes) => bytes.fill(2, 0, 1), /has the format 2, which this version cannot read/],
    ["a point that is none", (bytes) => bytes.fill(255, -4), /gives row 4 the point -1 of 4/],
  ])("%s is refused", (_, broken, message) => {
    const read = () => spanningTreeOf("id", broken(spanningTreeBytes(spanningTree)).buffer);
    expect(read).toThrow(SpanningTreeUnreadableError);
    expect(read).toThrow(message);
  });
});
