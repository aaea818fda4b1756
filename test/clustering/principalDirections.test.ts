import { expect, it } from "vitest";
import { kernelModule, memoryBuffer } from "../../src/clustering/kernel/kernel.js";
import { principalDirections } from "../../src/clustering/principalDirections.js";
import { quantisedRows } from "../../src/clustering/quantisedRows.js";
import { Team } from "../../src/clustering/team.js";
import { random } from "./shuffled.js";

const COUNT = 300;
const DIMENSIONS = 20;
const WANTED = 6;

it.each([
  ["WebAssembly", kernelModule()],
  ["portable", null],
])("directions do not depend on how short the rows are beside the unit: %s kernel", (_, module) => {
  const next = random(1);
  const data = Float32Array.from(
    { length: COUNT * DIMENSIONS },
    (_, at) => (next() - 0.5) * 0.8 ** (at % DIMENSIONS),
  );
  const team = new Team([], module);
  const weight = new Int32Array(COUNT).fill(1);
  const rows = quantisedRows({ rows: data, dimensions: DIMENSIONS, weight }, "EUCLIDEAN", 1, team);
  const scales = new Float32Array(memoryBuffer(rows.memory), rows.layout.scales, COUNT);
  const expected = principalDirections(rows, WANTED, module, 12);
  for (let k = 0; k < WANTED; k++) {
    const direction = expected.subarray(k * DIMENSIONS, (k + 1) * DIMENSIONS);
    expect(Math.hypot(...direction)).toBeCloseTo(1, 6);
  }
  // As if a row that is not in the sample were so many times farther away. Rows of 1e-15 of the unit are rounded to 0.
  for (let halvings = 1; halvings <= 50; halvings++) {
    for (let row = 0; row < COUNT; row++) scales[row] /= 2;
    expect(principalDirections(rows, WANTED, module, 12)).toEqual(expected);
  }
});
