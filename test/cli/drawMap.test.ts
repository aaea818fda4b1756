import { describe, expect, it } from "vitest";
import { type DrawnMap, drawMap } from "../../src/cli/map/drawMap.js";
import { type Box, placeLabels } from "../../src/cli/map/placeLabels.js";
import { random } from "../clustering/shuffled.js";

/** Clumps on a grid, of which the first is that of the outliers. */
function clumps(count: number, clusters: number): DrawnMap {
  const next = random(count);
  const side = Math.ceil(Math.sqrt(clusters + 1));
  const labels = Int32Array.from({ length: count }, (_, point) => (point % (clusters + 1)) - 1);
  return {
    title: "A map",
    caption: ["of clumps"],
    x: Float32Array.from(labels, (label) => ((label + 1) % side) + 0.2 * next()),
    y: Float32Array.from(labels, (label) => Math.floor((label + 1) / side) + 0.2 * next()),
    labels,
    clusters: Array.from({ length: clusters }, (_, label) => ({
      label,
      text: `the text of the medoid of cluster ${label}`,
      medoid: label % 2 === 0 ? label + 1 : null,
    })),
  };
}

const matches = (svg: string, pattern: RegExp) =>
  Array.from(svg.matchAll(pattern), ([, ...groups]) => groups);
const paths = (svg: string) =>
  matches(svg, /<path stroke="(#\w{6})" d="([^"]*)"><title>([^<]*)</g).map(([colour, d, about]) => ({
    colour,
    about,
    points: matches(d, /M(-?[\d.]+) (-?[\d.]+)h0/g).map((at) => at.map(Number)),
  }));
const names = (svg: string) =>
  matches(svg, /<text x="([\d.]+)" y="([\d.]+)" font-size="([\d.]+)">([^<]*)</g).map(
    ([x, y, size, name]) => ({
      x: Number(x),
      y: Number(y),
      size: Number(size),
      name,
    }),
  );

describe("the picture of a map", () => {
  it.each([100, 1_440, 100_000])("of %i points has each once, in the colour of its cluster", (count) => {
    const map = clumps(count, 12);
    const svg = drawMap(map);
    const drawn = paths(svg);
    expect(drawn.map(({ points }) => points.length).reduce((a, b) => a + b)).toBe(count);
    expect(drawn[0]).toMatchObject({ about: "outliers", colour: "#d4d4d4" });
    expect(new Set(drawn.map(({ colour }) => colour)).size).toBe(13);
    const isInside = ([x, y]: number[]) => x >= 0 && x <= 1200 && y >= 0 && y <= 900;
    expect(drawn.every(({ points }) => points.every(isInside))).toBe(true);
    expect(names(svg)).toHaveLength(12);
    expect(svg.length).toBeLessThan(6_000 + 17 * count);
    expect(drawMap(map)).toBe(svg);
  });

  it("names as many clusters as fit, the largest first, near their medoids, and no two names touch", () => {
    const map = clumps(9_000, 400);
    const svg = drawMap(map);
    const written = names(svg);
    expect(written.length).toBeGreaterThan(60);
    expect(written.length).toBeLessThan(400);
    const boxes = written.map(({ x, y, size, name }) => {
      const width = 0.5 * size * name.length;
      return { x: x - width / 2, y: y - 0.8 * size, width, height: size };
    });
    boxes.forEach((a, k) => {
      for (const b of boxes.slice(k + 1)) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).toBe(true);
      }
    });

    const unequal = clumps(20, 1);
    unequal.labels = Int32Array.from({ length: 20 }, (_, point) => (point < 5 ? 0 : 1));
    unequal.x.fill(3);
    unequal.y.fill(3);
    unequal.clusters = ["small", "large"].map((text, label) => ({ label, text, medoid: null }));
    expect(names(drawMap(unequal)).map(({ name }) => name)).toEqual(["large", "small"]);
  });

  it("shows y upwards, and both axes in one scale", () => {
    const map: DrawnMap = {
      ...clumps(0, 0),
      x: Float32Array.of(0, 2, 0),
      y: Float32Array.of(0, 0, 1),
      labels: null,
    };
    const [[[x0, y0], [x1, y1], [x2, y2]]] = paths(
      drawMap(map).replace(/h0"><\/path>/, 'h0"><title></title>'),
    ).map(({ points }) => points);
    expect([y1 - y0, x2 - x0]).toEqual([0, 0]);
    expect(x1 - x0).toBeGreaterThan(0);
    expect(y2 - y0).toBeCloseTo(-(x1 - x0) / 2, 0);
  });

  it("holds no markup and no character that XML has no place for, whatever the texts are", () => {
    const map = clumps(30, 2);
    map.title = `<script>"&'</script>`;
    map.caption = ["\u0000\u0008\ud800\ufffe]]>"];
    map.clusters[0].text = `a\n\n<b onclick="x()">&amp;\u001b[31m\u202e${"long ".repeat(100)}`;
    map.clusters[1].text = "\ud83d\ude00".repeat(60);
    const svg = drawMap(map);
    expect(svg).not.toMatch(/<script|<b |onclick="|]]>/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be missing
    expect(svg).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e\ufffe\uffff]/);
    expect(svg.isWellFormed()).toBe(true);
    expect(svg).toContain("<title>&lt;script&gt;&quot;&amp;'&lt;/script&gt;</title>");
    expect(names(svg).map(({ name }) => name)).toContain("a &lt;b onclick=&quot;x()&quot;&gt;&amp;amp;…");
    expect(names(svg).map(({ name }) => name)).toContain(`${"\ud83d\ude00".repeat(13)}…`);
  });

  it("of no points, of one, and of points at one place, has no coordinate that is not a number", () => {
    for (const count of [0, 1, 5]) {
      const map = {
        ...clumps(count, 0),
        x: new Float32Array(count),
        y: new Float32Array(count),
        labels: null,
      };
      expect(drawMap(map)).not.toMatch(/NaN|Infinity/);
    }
  });
});

describe("the places of names", () => {
  it("are within the frame, and leave out what has no room", () => {
    const frame = { left: 0, top: 0, right: 100, bottom: 30 };
    const label = { width: 60, height: 10, gap: 2 };
    const labels = [0, 50, 100, 50].map((x) => ({ ...label, x, y: 15 }));
    const placed = placeLabels(labels, frame);
    expect(placed).toEqual([
      { x: 0, y: 3, width: 60, height: 10 },
      { x: 20, y: 17, width: 60, height: 10 },
      null,
      null,
    ] satisfies (Box | null)[]);
  });
});
