import { describe, expect, test } from "vitest";
import { type Colouring, colourings, colourPoints } from "../../web/map/colouring.js";
import { clusterColour, hexColour, mapColours } from "../../web/map/colours.js";
import { PointTable } from "../../web/map/pointTable.js";
import { batchOf, tableOf } from "./made.js";

const made = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...{ label: (n % 4) - 1, step: 5 + n, model: n % 3 === 0 ? "painter" : "viewer" },
    ...{ network: "one", prompt: `prompt ${Math.floor(Math.sqrt(n))}` },
  }));

/** The colours of the points, by what they are. */
function colourOf(points: PointTable, colouring: Colouring) {
  const { codes, palette } = colourPoints(points, colouring, "light");
  return (row: number) => palette[codes[row]];
}

describe("the colours of points", () => {
  test("are those of their clusters, and outliers are muted", () => {
    const points = tableOf(made(40), 7);
    const colour = colourOf(points, "cluster");
    points.forEachRow((row) => {
      expect(colour(row)).toBe(clusterColour(points.labels[row], "light"));
    });
    const { categories } = colourPoints(points, "cluster", "light");
    expect(categories?.map(({ value, count }) => [value, count])).toEqual([
      [0, 10],
      [1, 10],
      [2, 10],
      [-1, 10],
    ]);
  });

  test("are plain without a clustering, but muted where a clustering left points out", () => {
    const plain = tableOf([{}, {}]);
    expect(colourOf(plain, "cluster")(0)).toBe(mapColours.light.plain);
    for (const label of [-1, 0]) {
      const left = tableOf([{}, { label }]);
      left.forEachRow((row) => {
        if (left.labels[row] === -2) expect(colourOf(left, "cluster")(row)).toBe(mapColours.light.muted);
      });
    }
  });

  test("are distinct for the most frequent texts; the others share one", () => {
    const points = tableOf(made(400), 33);
    const { codes, palette, categories, others } = colourPoints(points, "prompt", "dark");
    const counts = new Map<string, number>();
    points.forEachRow((row) => {
      const text = points.prompt.values[points.prompt.codes[row]];
      counts.set(text, (counts.get(text) ?? 0) + 1);
    });
    const ranked = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
    const { length } = mapColours.dark.categories;
    expect(categories?.map(({ value, count }) => [value, count])).toEqual(ranked.slice(0, length));
    expect(new Set(categories?.map(({ colour }) => hexColour(colour))).size).toBe(length);
    const rest = ranked.slice(length);
    expect(others).toEqual({
      categories: rest.length,
      points: rest.reduce((sum, [, count]) => sum + count, 0),
    });
    points.forEachRow((row) => {
      const text = points.prompt.values[points.prompt.codes[row]];
      const category = categories?.find(({ value }) => value === text);
      expect(palette[codes[row]]).toBe(category?.colour ?? mapColours.dark.muted);
    });
  });

  test("of steps go from the first to the last", () => {
    const points = tableOf(made(50));
    const { range, codes, palette, categories } = colourPoints(points, "step", "light");
    expect([range?.from, range?.to, categories]).toEqual([5, 54, null]);
    points.forEachRow((row) => {
      if (points.steps[row] === 5) expect(palette[codes[row]]).toEqual(mapColours.light.ramp[0]);
      if (points.steps[row] === 54) expect(palette[codes[row]]).toEqual(mapColours.light.ramp.at(-1));
    });
    const alike = tableOf([{ step: 3 }, { step: 3 }]);
    expect(colourOf(alike, "step")(0)).toEqual(mapColours.light.ramp[0]);
  });

  test.each(colourings)("by %s count what has arrived, and no more", (colouring) => {
    const points = new PointTable(100);
    expect(colourPoints(points, colouring, "light").categories ?? []).toEqual([]);
    points.append(batchOf(made(30)));
    const { categories, others, palette, codes } = colourPoints(points, colouring, "light");
    if (categories) {
      const counted = categories.reduce((sum, { count }) => sum + count, others?.points ?? 0);
      expect(counted).toBe(30);
    }
    points.forEachRow((row) => {
      expect(palette[codes[row]]).toBeDefined();
    });
  });
});
