import { expect, test } from "vitest";
import { cameraOfExtent, toView, zoomed } from "../../web/map/camera.js";
import { indexPoints } from "../../web/map/pointIndex.js";
import { random } from "../clustering/shuffled.js";
import { tableOf } from "./made.js";

const next = random(3);
const points = tableOf(
  Array.from({ length: 2000 }, () => ({
    x: Math.fround(next()),
    y: Math.fround(next()),
    label: next() < 0.3 ? -1 : 0,
  })),
);
const base = cameraOfExtent(points.extent, { width: 500, height: 400 }, 10);

test.each([1, 5])("the point under the pointer is the nearest, enlarged by %i", (k) => {
  const index = indexPoints(points);
  const camera = zoomed(base, { x: -20 * k, y: -30 * k, k });
  let found = 0;
  for (let trial = 0; trial < 300; trial++) {
    const [x, y] = [500 * next(), 400 * next()];
    const row = index.nearest(camera, x, y, 9);
    let nearest = Infinity;
    points.forEachRow((each) => {
      const [atX, atY] = toView(camera, points.x[each], points.y[each]);
      nearest = Math.min(nearest, Math.hypot(atX - x, atY - y));
    });
    if (row === null) expect(nearest).toBeGreaterThan(9 - 1e-3);
    else {
      const [atX, atY] = toView(camera, points.x[row], points.y[row]);
      expect(Math.hypot(atX - x, atY - y)).toBeCloseTo(nearest, 3);
      found++;
    }
  }
  expect(found).toBeGreaterThan(0);
});

test("of several points at one place the one that is drawn last is found, and none on an empty map", () => {
  const stacked = tableOf(Array.from({ length: 9 }, (_, n) => ({ x: 1, y: 1, label: n % 2 ? 0 : -1 })));
  const camera = cameraOfExtent(stacked.extent, { width: 100, height: 100 }, 10);
  expect(indexPoints(stacked).nearest(camera, 50, 50, 5)).toBe(8);
  expect(indexPoints(tableOf([])).nearest(camera, 50, 50, 5)).toBeNull();
});
