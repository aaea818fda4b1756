import { describe, expect, test } from "vitest";
import {
  cameraOfExtent,
  readPlace,
  toMap,
  toView,
  writePlace,
  zoomAround,
  zoomed,
} from "../../web/map/camera.js";

const size = { width: 800, height: 600 };
const extent = { left: -3, right: 5, bottom: 10, top: 12 };

describe("the camera", () => {
  test.each([
    [extent],
    [{ left: 0, right: 1e-5, bottom: 0, top: 1e6 }],
    [{ left: 7, right: 7, bottom: 1, top: 2 }],
    [{ left: -4, right: 9, bottom: 3, top: 3 }],
  ])("shows all of %j within the padding, in the middle, with equal scales", (extent) => {
    const camera = cameraOfExtent(extent, size, 50);
    const [left, bottom] = toView(camera, extent.left, extent.bottom);
    const [right, top] = toView(camera, extent.right, extent.top);
    expect((left + right) / 2).toBeCloseTo(400);
    expect((top + bottom) / 2).toBeCloseTo(300);
    expect(left).toBeGreaterThanOrEqual(50 - 1e-6);
    expect(top).toBeGreaterThanOrEqual(50 - 1e-6);
    expect(Math.min(left, top)).toBeCloseTo(50);
    expect(bottom).toBeGreaterThanOrEqual(top);
  });

  test("shows a map of one place, or of none yet, in the middle", () => {
    expect(toView(cameraOfExtent({ left: 2, right: 2, bottom: 3, top: 3 }, size, 50), 2, 3)).toEqual([
      400, 300,
    ]);
    const none = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
    expect(toView(cameraOfExtent(none, size, 50), 0, 0)).toEqual([400, 300]);
  });

  test("leaves half of a view that is smaller than the padding", () => {
    const camera = cameraOfExtent({ left: 0, right: 1, bottom: 0, top: 1 }, { width: 60, height: 60 }, 50);
    expect(camera.scale).toBe(30);
  });

  test("finds the place of the map at a pixel, after any zoom", () => {
    const camera = zoomed(cameraOfExtent(extent, size, 20), { x: -900, y: 45, k: 17 });
    const [x, y] = toMap(camera, 123, 456);
    const [atX, atY] = toView(camera, x, y);
    expect([atX, atY].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([123, 456]);
  });

  test("zooms around a place", () => {
    const base = cameraOfExtent(extent, size, 20);
    const middle = toMap(zoomed(base, zoomAround(base, 4, 11, size, 5)), 400, 300);
    expect(middle.map((value) => Math.round(value * 1e9) / 1e9)).toEqual([4, 11]);
  });

  test("finds in an address the place that was written there, and none in anything else", () => {
    for (const place of [
      { x: 0, y: -1.5, k: 1 },
      { x: 12345.67, y: 1e-7, k: 1999.5 },
    ])
      expect(readPlace(writePlace(place))).toEqual(place);
    for (const text of [
      null,
      "",
      "1,2",
      "1,2,",
      "1,,3",
      "1,2,3,4",
      "a,2,3",
      "1,2,0",
      "1,2,1e9",
      "Infinity,0,1",
    ])
      expect(readPlace(text)).toBeNull();
  });
});
