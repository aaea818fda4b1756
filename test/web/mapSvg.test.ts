import { expect, test } from "vitest";
import { cameraOfExtent } from "../../web/map/camera.js";
import { colourPoints } from "../../web/map/colouring.js";
import { hexColour, mapColours } from "../../web/map/colours.js";
import { mapSvg } from "../../web/map/mapSvg.js";
import { tableOf } from "./made.js";

const size = { width: 200, height: 100 };
const { background, muted, text, categories } = mapColours.light;
const style = { background, muted, text, radius: 3, opacity: 0.8, emphasis: null };

test("a picture has the points in view in their colours, outliers first, and the names", () => {
  const points = tableOf([
    ...[
      { x: 0, y: 0, label: 0, isMedoid: true },
      { x: 1, y: 1, label: 1 },
    ],
    ...[
      { x: 0.5, y: 0.5, label: -1 },
      { x: 0.5, y: 900, label: 0 },
    ],
  ]);
  const camera = cameraOfExtent({ left: 0, right: 1, bottom: 0, top: 1 }, size, 10);
  const name = {
    name: `<script>alert("1")</script> & \u0000`,
    fontSize: 12,
    x: 60,
    y: 80,
    ring: [60, 90] as const,
  };
  const colours = colourPoints(points, "cluster", "light");
  const picture = { title: "a < b", points, colours, camera, size, style, names: [name] };
  const svg = [...mapSvg(picture)].join("");
  expect(svg).toContain("<title>a &lt; b</title>");
  expect(svg).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; \ufffd</text>");
  const drawn = [...svg.matchAll(/<path stroke="(#\w+)" d="([^"]+)"/g)].map(([, stroke, d]) => [stroke, d]);
  expect(drawn[0]).toEqual([hexColour(muted), "M100 50h0"]);
  expect(drawn.slice(1).sort()).toEqual(
    [
      [hexColour(categories[0]), "M60 90h0"],
      [hexColour(categories[1]), "M140 10h0"],
    ].sort(),
  );
  expect(svg).toContain(`<circle cx="60" cy="90" r="5.5"/>`);
});

test("a picture of no points is a picture", () => {
  const points = tableOf([]);
  const colours = colourPoints(points, "step", "light");
  const camera = cameraOfExtent(points.extent, size, 10);
  const svg = [...mapSvg({ title: "", points, colours, camera, size, style, names: [] })].join("");
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
});
