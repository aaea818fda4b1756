import { describe, expect, it } from "vitest";
import { distinctPoints } from "../../src/clustering/distinctPoints.js";
import { kernelModule, memoryBuffer, TILE } from "../../src/clustering/kernel/kernel.js";
import { findNearestNeighbours } from "../../src/clustering/nearestNeighbours.js";
import { projectRows } from "../../src/clustering/projectedRows.js";
import { type QuantisedRows, quantisedRows } from "../../src/clustering/quantisedRows.js";
import { Team } from "../../src/clustering/team.js";
import { sortIntoTiles } from "../../src/clustering/tiles.js";
import { random } from "./shuffled.js";

const ROWS = 300;
const K = 6;
type Row = (row: number, next: () => number) => (component: number) => number;

const shapes: [string, Row][] = [
  ["noise", (_, next) => () => next() - 0.5],
  ["a decreasing spectrum", (_, next) => (c) => (next() - 0.5) / (1 + c)],
  ["groups", (row, next) => (c) => Math.sin((row % 7) * (c + 1)) + 0.05 * (next() - 0.5)],
  ["all on a line", (row) => (c) => row * (c % 3)],
  ["a few rows far away", (row, next) => () => (row < 3 ? 1e6 : 1) * (next() - 0.5)],
  ["small numbers", (_, next) => () => 1e-18 * (next() - 0.5)],
  ["one dimension in use", (row) => (c) => (c === 5 ? row : 0)],
  ["equal lengths", (row, next) => (c) => (c === row % 40 ? 1 : 1e-3 * (next() - 0.5))],
];

function rowsOf(shape: Row, dimensions: number, width: number, module = kernelModule()): QuantisedRows {
  const next = random(3);
  const data = new Float32Array(new SharedArrayBuffer(ROWS * dimensions * 4));
  for (let row = 0; row < ROWS; row++) {
    const component = shape(row, next);
    for (let c = 0; c < dimensions; c++) data[row * dimensions + c] = component(c);
  }
  const team = new Team([], module);
  const points = distinctPoints(data, dimensions, false, team, () => {});
  const rows = quantisedRows(points, "EUCLIDEAN", K, team, false, width);
  sortIntoTiles(rows, team);
  projectRows(rows, team);
  return rows;
}

/** The exact squared distance of two rows of integers. */
function squareOf(integers: Int16Array, scales: Float32Array, width: number, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < width; c++) {
    // The kernel's scales contain a factor √2.
    const difference = integers[a * width + c] * scales[a] - integers[b * width + c] * scales[b];
    sum += difference * difference;
  }
  return sum / 2;
}

describe("the short form of rows", () => {
  it.each(shapes)("bounds all distances from below and above: %s", (_, shape) => {
    for (const [dimensions, width] of [
      [136, 64],
      [40, 16],
      [24, 24],
    ]) {
      const rows = rowsOf(shape, dimensions, width);
      const { layout, count } = rows;
      const buffer = memoryBuffer(rows.memory);
      const long = new Int16Array(buffer, layout.rows, count * (layout.stride / 2));
      const longScales = new Float32Array(buffer, layout.scales, count);
      const short = new Int16Array(buffer, layout.projected, count * width);
      const scales = new Float32Array(buffer, layout.projectedScales, count);
      const errors = new Float32Array(buffer, layout.projectedErrors, count);
      const facts = new Float32Array(buffer, layout.projectedFacts, layout.tiles * 4);
      let wrong = 0;
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < a; b++) {
          const distance = Math.sqrt(squareOf(long, longScales, layout.stride / 2, a, b));
          const least = Math.sqrt(squareOf(short, scales, width, a, b));
          const error = errors[a] + errors[b];
          const tails = facts[4 * Math.floor(a / TILE) + 2] * facts[4 * Math.floor(b / TILE) + 2];
          const most = Math.sqrt(least * least + 4 * tails);
          const rounding = 1e-12 * distance;
          if (!(least - error <= distance + rounding && distance <= most + error + rounding)) wrong++;
        }
      }
      expect(wrong).toBe(0);
    }
  });

  it("rules out most pairs of distant tiles if a few directions determine the distances, and few in noise", () => {
    const computed = (shape: Row) => {
      const rows = rowsOf(shape, 136, 64);
      return findNearestNeighbours(rows, new Team(), () => {}) / (rows.layout.tiles * TILE) ** 2;
    };
    const [[, noise], [, spectrum]] = shapes;
    expect(computed(noise)).toBeGreaterThan(0.5);
    expect(computed(spectrum)).toBeLessThan(0.35);
  });

  it.each(shapes)("finds the same neighbour lists as without it: %s", (_, shape) => {
    const found = (width: number, module = kernelModule()) => {
      const rows = rowsOf(shape, 136, width, module);
      findNearestNeighbours(rows, new Team([], module), () => {});
      const { layout, count, pointAt } = rows;
      const buffer = memoryBuffer(rows.memory);
      const values = new Float32Array(buffer, layout.values, count * K);
      const lists: number[][] = [];
      for (let place = 0; place < count; place++) {
        lists[pointAt[place]] = [...values.subarray(place * K, (place + 1) * K)].sort((a, b) => a - b);
      }
      const minima = new Float32Array(buffer, layout.tileMinima, layout.tiles ** 2);
      const maxima = new Float32Array(buffer, layout.tileMaxima, layout.tiles ** 2);
      return { lists, minima, maxima };
    };
    const plain = found(0);
    for (const module of [kernelModule(), null]) {
      const { lists, minima, maxima } = found(64, module);
      expect(lists).toEqual(plain.lists);
      for (let pair = 0; pair < minima.length; pair++) {
        // A square below zero is a rounding error.
        expect(minima[pair]).toBeLessThanOrEqual(Math.max(0, plain.minima[pair]));
        expect(maxima[pair]).toBeGreaterThanOrEqual(plain.maxima[pair]);
      }
    }
  });
});
