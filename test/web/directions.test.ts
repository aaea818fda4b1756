import { expect, test } from "vitest";
import { isDirectionKey, nextPlace } from "../../web/map/directions.js";

const places = [
  { label: 0, x: 100, y: 100 },
  { label: 1, x: 200, y: 110 },
  { label: 2, x: 150, y: 300 },
  { label: 3, x: 20, y: 90 },
];
const middle = { x: 110, y: 100 };
const next = (from: number | null, key: "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown") =>
  nextPlace(places, from === null ? null : places[from], key, middle)?.label ?? null;

test("arrow keys begin in the middle and go to the next place in their direction", () => {
  expect(next(null, "ArrowUp")).toBe(0);
  expect([next(0, "ArrowRight"), next(0, "ArrowLeft"), next(0, "ArrowDown")]).toEqual([1, 3, 2]);
  expect([next(1, "ArrowRight"), next(3, "ArrowLeft"), next(2, "ArrowDown")]).toEqual([null, null, null]);
  expect(nextPlace([], null, "ArrowUp", middle)).toBeNull();
});

test("arrow keys lead to every place", () => {
  const many = Array.from({ length: 200 }, (_, label) => ({
    ...{ label, x: (label * 7919) % 1009, y: (label * 104729) % 1013 },
  }));
  const reached = new Set<number>();
  const waiting = [many[0]];
  while (waiting.length > 0) {
    const from = waiting.pop()!;
    if (reached.has(from.label)) continue;
    reached.add(from.label);
    for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"] as const) {
      const to = nextPlace(many, from, key, middle);
      if (to) waiting.push(to);
    }
  }
  expect(reached.size).toBe(many.length);
});

test("other keys are none of direction", () => {
  expect(["ArrowUp", "Enter", "toString"].map(isDirectionKey)).toEqual([true, false, false]);
});
