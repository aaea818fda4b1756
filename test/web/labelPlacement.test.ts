import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cameraOfExtent, zoomed } from "../../web/map/camera.js";
import { type Box, type Label, placeLabels } from "../../web/map/labelPlacement.js";
import { placeNames } from "../../web/map/placedNames.js";
import { tableOf } from "./made.js";

const view = { width: 400, height: 300 };
const label = fc.record({
  x: fc.integer({ min: -50, max: 450 }),
  y: fc.integer({ min: -50, max: 350 }),
  width: fc.integer({ min: 1, max: 200 }),
  height: fc.integer({ min: 8, max: 24 }),
  gap: fc.integer({ min: 0, max: 12 }),
});
const box = fc.record({
  ...{ x: fc.integer({ min: 0, max: 380 }), y: fc.integer({ min: 0, max: 280 }) },
  ...{ width: fc.integer({ min: 1, max: 90 }), height: fc.integer({ min: 1, max: 90 }) },
});
const touch = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe("names on the map", () => {
  test("never touch each other, an obstacle, their points or the edge of the view", () => {
    fc.assert(
      fc.property(
        fc.array(label, { maxLength: 60 }),
        fc.array(box, { maxLength: 3 }),
        fc.array(fc.integer({ min: -1, max: 7 }), { minLength: 60, maxLength: 60 }),
        (labels, obstacles, previous) => {
          const placed = placeLabels(labels, view, obstacles, previous);
          expect(placed.length).toBe(labels.length);
          const boxes = placed.flatMap((each) => (each ? [each.box] : []));
          for (const [n, one] of boxes.entries()) {
            expect(one.x >= 0 && one.y >= 0 && one.x + one.width <= 400 && one.y + one.height <= 300).toBe(
              true,
            );
            for (const other of [...boxes.slice(n + 1), ...obstacles]) expect(touch(one, other)).toBe(false);
          }
          for (const [n, each] of placed.entries()) {
            const { x, y } = labels[n];
            if (each) expect(touch(each.box, { x, y, width: 0, height: 0 })).toBe(false);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  const at = (x: number, y: number, width = 60): Label => ({ x, y, width, height: 16, gap: 5 });

  test("are written for the important before the others, and beside another name where there is room", () => {
    const crowd = [at(200, 150), at(201, 150), at(202, 150)];
    const places = placeLabels(crowd, view).map((each) => each?.place);
    expect(places[0]).toBe(0);
    expect(new Set(places).size).toBe(3);
    const wide = placeLabels(
      [at(200, 150, 390), at(200, 152, 390), at(200, 151, 390), at(200, 150, 390)],
      view,
    );
    expect(wide.map((each) => each !== null)).toEqual([true, true, false, false]);
  });

  test("are not written for a point outside the view, nor where there is no room at all", () => {
    expect(placeLabels([at(-1, 10), at(10, 301), at(200, 150, 401)], view)).toEqual([null, null, null]);
  });

  test("keep their place if it is still free", () => {
    const names = [at(200, 150), at(290, 150)];
    const kept = placeLabels(names, view, [], [2, 3]);
    expect(kept.map((each) => each?.place)).toEqual([2, 2]);
    expect(placeLabels(names.slice(0, 1), view, [], [3])[0]?.place).toBe(3);
  });
});

describe("the names of clusters", () => {
  const clusterCount = 80;
  const clusters = Array.from({ length: clusterCount }, (_, n) => ({
    ...{ label: n, name: `cluster number ${n}`, size: clusterCount - n },
  }));
  const points = tableOf(
    clusters.map(({ label }) => ({ x: (label * 37) % 61, y: (label * 17) % 47, label, isMedoid: true })),
  );
  const base = cameraOfExtent(points.extent, view, 40);
  const widthOf = (name: string, fontSize: number) => name.length * fontSize * 0.55;
  const shown = (k: number, preferred: number | null = null, x = 0) =>
    placeNames(
      ...([clusters, points, { camera: zoomed(base, { x, y: 0, k }), size: view, radius: 3 }] as const),
      ...([preferred, [], widthOf, new Map()] as const),
    );

  test("are those of the largest, and more of those in view as one zooms in", () => {
    const whole = shown(1);
    expect(whole[0].label).toBe(0);
    expect(whole.length).toBeGreaterThan(5);
    expect(whole.length).toBeLessThan(clusterCount);
    // The share of the clusters in view that have a name.
    const share = (k: number) => {
      const camera = zoomed(base, { x: 0, y: 0, k });
      const inView = clusters.filter(({ label }) => {
        const row = points.medoids.get(label)!;
        const [x, y] = [camera.x + points.x[row] * camera.scale, camera.y - points.y[row] * camera.scale];
        return x >= 0 && y >= 0 && x <= view.width && y <= view.height;
      });
      return shown(k).length / inView.length;
    };
    expect(share(2)).toBeGreaterThan(share(1));
    expect(share(6)).toBeGreaterThan(share(2));
  });

  test("include the one that is preferred, however small", () => {
    const last = clusterCount - 1;
    expect(shown(1).some(({ label }) => label === last)).toBe(false);
    expect(shown(1, last)[0].label).toBe(last);
  });
});
