import { colours } from "./colours.js";
import { times, weathers } from "./scene.js";

/** @import { Item, Place, Scene, Size, Time, Weather } from "./scene.js" */

/** @type {Map<string, string>} */
const colourNames = new Map(Object.entries(colours).map(([name, hex]) => [hex, name]));

/** Marks nearer than this to one another, of one kind, size and colour, are one group. */
const together = 80;

/**
 * Reads what `drawScene` drew: the places from the coordinates, the colours from the fills.
 *
 * @param {string} svg
 * @returns {Scene}
 */
export function readPicture(svg) {
  const backdrop = /<g class="(\w+) (\w+)">/.exec(svg);
  if (!backdrop) throw new Error("a picture without a backdrop");
  const weather = weathers.find((w) => svg.includes(`<g class="${w}">`)) ?? "clear";
  /** @type {{ item: Item, x: number[] }[]} */
  const groups = [];
  const mark =
    /<g class="(\w+) (\w+)" transform="translate\((-?\d+) \d+\) scale\([\d.]+\)" fill="(#\w{6})">/g;
  for (const [, kind, size, x, fill] of svg.matchAll(mark)) {
    const colour = colourNames.get(fill) ?? "grey";
    const last = groups.at(-1);
    const joins =
      last &&
      last.item.kind === kind &&
      last.item.colour === colour &&
      last.item.size === size &&
      Math.abs(Number(x) - /** @type {number} */ (last.x.at(-1))) < together;
    if (joins) {
      last.item.count++;
      last.x.push(Number(x));
    } else {
      const item = { kind, colour, size: /** @type {Size} */ (size), count: 1, place: placeOf(Number(x)) };
      groups.push({ item, x: [Number(x)] });
    }
  }
  for (const { item, x } of groups) item.place = placeOf(x.reduce((a, b) => a + b, 0) / x.length);
  return {
    setting: backdrop[1],
    time: /** @type {Time} */ (times.find((t) => t === backdrop[2]) ?? "noon"),
    weather: /** @type {Weather} */ (weather),
    items: groups.map(({ item }) => item),
  };
}

/**
 * @param {number} x
 * @returns {Place}
 */
function placeOf(x) {
  return x < 116 ? "left" : x < 206 ? "middle" : "right";
}
