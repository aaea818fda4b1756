import { describe, expect, test } from "vitest";
import {
  clusterColour,
  cssColour,
  hexColour,
  mapColours,
  rampColour,
  type Theme,
} from "../../web/map/colours.js";
import { contrast, difference, lightness, visions } from "./colourVision.js";

/** Four times what is just noticed. */
const leastDifference = 0.08;
const themes: Theme[] = ["light", "dark"];

describe.each(themes)("the colours of the map in the %s scheme", (theme) => {
  const { background, categories, muted, text, ramp, plain } = mapColours[theme];

  test.each(visions)("of categories, and of outliers, are told apart with %s", (vision) => {
    const colours = [...categories, muted];
    const close = colours.flatMap((one, n) =>
      colours
        .slice(n + 1)
        .filter((other) => difference(one, other, vision) < leastDifference)
        .map((other) => [hexColour(one), hexColour(other), difference(one, other, vision)]),
    );
    expect(close).toEqual([]);
  });

  test.each(visions)("of steps have a lightness that goes one way, with %s", (vision) => {
    const rising = ramp.map((colour) => (theme === "dark" ? 1 : -1) * lightness(colour, vision));
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    expect(rising[rising.length - 1] - rising[0]).toBeGreaterThan(0.4);
  });

  test("stand out from the background", () => {
    for (const colour of [...categories, plain]) expect(contrast(colour, background)).toBeGreaterThan(1.9);
    expect(contrast(text, background)).toBeGreaterThan(12);
    expect(contrast(muted, background)).toBeLessThan(
      Math.max(...categories.map((each) => contrast(each, background))),
    );
  });

  test("are the same for a cluster wherever it is shown, and of the largest clusters all different", () => {
    const largest = categories.map((_, label) => hexColour(clusterColour(label, theme)));
    expect(new Set(largest).size).toBe(categories.length);
    expect(clusterColour(categories.length + 1, theme)).toBe(clusterColour(1, theme));
    expect(clusterColour(-1, theme)).toBe(muted);
  });
});

test("a ramp goes from its first colour to its last, and no farther", () => {
  const ramp = [
    [0, 0, 0],
    [100, 50, 0],
    [200, 0, 0],
  ] as const;
  expect([-1, 0, 0.25, 0.5, 1, 2].map((at) => rampColour(ramp, at))).toEqual([
    [0, 0, 0],
    [0, 0, 0],
    [50, 25, 0],
    [100, 50, 0],
    [200, 0, 0],
    [200, 0, 0],
  ]);
});

test("colours are written as CSS and SVG read them", () => {
  expect([cssColour([1, 2, 3]), cssColour([1, 2, 3], 0.5), hexColour([1, 2, 255])]).toEqual([
    ...["rgb(1 2 3)", "rgb(1 2 3 / 0.5)", "#0102ff"],
  ]);
});

test("differences are those that are known", () => {
  expect(difference([0, 0, 0], [255, 255, 255], "normal")).toBeCloseTo(1, 3);
  // Red and green that are one colour for protanopes, but not for others.
  const [red, green] = [
    [181, 0, 0],
    [94, 76, 0],
  ] as const;
  expect(difference(red, green, "normal")).toBeGreaterThan(3 * difference(red, green, "protanopia"));
});
