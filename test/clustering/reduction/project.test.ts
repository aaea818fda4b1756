import { describe, expect, it } from "vitest";
import { estimateProjection, project } from "../../../src/clustering/index.js";
import { random } from "../shuffled.js";

const next = random(1);
const dimensions = 6;
const data = Float32Array.from({ length: 400 * dimensions }, () => next() - 0.5);

describe("project", () => {
  it("gives equal rows equal places, whatever the number of threads and the order of the rows", async () => {
    const twice = Float32Array.from([...data, ...data]);
    const { places, distinctPoints } = await project({ data: twice, dimensions }, { threads: 1 });
    expect(places.subarray(0, 800)).toEqual(places.subarray(800));
    expect(new Set(distinctPoints).size).toBe(400);
    const reversed = new Float32Array(twice.length);
    for (let row = 0; row < 800; row++) {
      reversed.set(twice.subarray((799 - row) * dimensions, (800 - row) * dimensions), row * dimensions);
    }
    const stages: string[] = [];
    const other = await project(
      { data: reversed, dimensions },
      { threads: 2, onProgress: ({ stage, progress }) => stages.push(`${stage} ${progress === 1}`) },
    );
    const back = Array.from({ length: 800 }, (_, row) => [...other.places.subarray(2 * row, 2 * row + 2)]);
    expect(back.reverse().flat()).toEqual([...places]);
    expect([...new Set(stages)]).toEqual(["PREPARING false", "COMPONENTS false", "COMPONENTS true"]);
  });

  it("refuses dimensions above those of the rows, and rows that float32 cannot project, with their number", async () => {
    await expect(project({ data, dimensions }, { dimensions: 7 })).rejects.toMatchObject({
      ...{ name: "InvalidClusteringInputError", field: "dimensions", value: 7 },
    });
    const far = Float32Array.of(-3e38, -3e38, 3e38, 3e38, 3e38, 3e38);
    await expect(project({ data: far, dimensions: 2 })).rejects.toMatchObject({ field: "data", row: 0 });
    expect((await project({ data: new Float32Array(0), dimensions: 2 })).places).toEqual(new Float32Array(0));
    expect((await project({ data: Float32Array.of(1, 2), dimensions: 2 })).places).toEqual(
      new Float32Array(2),
    );
  });

  it("is estimated to take longer for more distinct rows", () => {
    const [small, large] = [10_000, 100_000].map((distinct) =>
      estimateProjection(100_000, 384, {}, 2, distinct),
    );
    expect(large.seconds).toBeGreaterThan(5 * small.seconds);
    expect(large.bytes).toBeGreaterThan(5 * (small.bytes - 2 * 45 * 2 ** 20));
    expect(() => estimateProjection(10, 1, {})).toThrow("dimensions must be a whole number of at least 1");
  });

  it.each([
    ["rows", [-1, 384]],
    ["rows", [1.5, 384]],
    ["rowDimensions", [10, 0]],
    ["dimensions", [10, 3, { dimensions: 4 }]],
    ["threads", [10, 384, {}, 0]],
    ["distinct", [10, 384, {}, 2, 11]],
    ["distinct", [10, 384, {}, 2, Number.NaN]],
  ])("is refused for %s out of range: %j", (field, given) => {
    const call = () => estimateProjection(...(given as Parameters<typeof estimateProjection>));
    expect(call).toThrow(expect.objectContaining({ name: "InvalidClusteringInputError", field }));
  });
});
