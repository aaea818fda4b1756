import { colours } from "./colours.js";
import { settings } from "./settings.js";
import { things } from "./things.js";

/** @import { Item, Scene, Size, Place, Time, Weather } from "./scene.js" */

/** Sky, horizon, and the tint that the hour lays over the backdrop. @type {Record<Time, [string, string, string]>} */
const light = {
  dawn: ["#f3c6ae", "#fbe3c6", "#ffb48a33"],
  noon: ["#a8d8ee", "#d5eef5", "#ffffff00"],
  dusk: ["#d68b80", "#f2b681", "#a63f6440"],
  night: ["#3b4b85", "#5b68a6", "#1c235a66"],
};

const outline = "#34303f";
/** Moonlit, so that a black sheep is seen. */
const nightOutline = "#aaa6cf";

/** @type {Record<Weather, string>} */
const weatherMarks = {
  clear: "",
  rain: '<path fill="none" stroke="#e3f0ff" stroke-width="1.5" stroke-dasharray="9 21" d="M40-9L0 111M90-20L4 238M140-6L52 258M190-18L98 258M240-2L150 268M290-14L200 256M330 6L250 246M350 60L290 240"/>',
  snow: '<path fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" stroke-dasharray="0 41" d="M10 14H320M30 44H320M4 80H320M24 112H320M12 148H320M34 182H320M8 220H320"/>',
  fog: '<path fill="#fff" fill-opacity=".5" d="M0 96Q80 84 160 98T320 92V120Q240 128 160 118T0 122ZM0 150Q90 140 170 152T320 146V172Q240 180 150 170T0 176Z"/>',
};

const nightDots =
  '<path fill="none" stroke="#dfe4ff" stroke-width="2" stroke-linecap="round" stroke-dasharray="0 53" d="M12 18H320M38 40H320M6 66H320"/>';

/** @type {Record<Place, number>} */
export const across = { left: 68, middle: 160, right: 252 };
/** @type {Record<Size, number>} */
export const scales = { small: 0.7, medium: 1.1, large: 1.55 };
/** Between copies of one thing, in its own units. */
const spacing = 52;
/** Of the widest things, in their own units. */
const halfWidth = 36;
/** Of the picture. */
const width = 320;
/** How far a thing gives way to another in the same place. */
const giveWay = [0, 34, -30];

/**
 * @param {Scene} scene
 * @returns {string} a standalone SVG document
 */
export function drawScene(scene) {
  const setting = settings[scene.setting];
  const [sky, horizon, tint] = light[scene.time];
  const airAndGround = [
    `<path fill="${sky}" d="M0 0H320V240H0Z"/>`,
    `<path fill="${horizon}" fill-opacity=".4" d="M0 44H320V240H0Z"/>`,
    `<path fill="${horizon}" d="M0 92H320V240H0Z"/>`,
    scene.time === "night" ? nightDots : "",
    setting.backdrop,
    scene.time === "noon" ? "" : `<path fill="${tint}" d="M0 0H320V240H0Z"/>`,
  ].join("");
  const marks = weatherMarks[scene.weather];
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" width="640" height="480">',
    `<g class="${scene.setting} ${scene.time}">${airAndGround}</g>`,
    `<g stroke="${scene.time === "night" ? nightOutline : outline}" stroke-width="1.4" stroke-linejoin="round">`,
    drawItems(scene.items, setting),
    "</g>",
    marks && `<g class="${scene.weather}">${marks}</g>`,
    "</svg>",
  ].join("");
}

/**
 * @param {Item[]} items
 * @param {import("./settings.js").Setting} setting
 */
function drawItems(items, setting) {
  /** @type {Map<string, number>} */
  const taken = new Map();
  const drawn = items.map((item) => {
    const { stands } = things[item.kind];
    const high = stands === "sky";
    const spot = `${high} ${item.place}`;
    const before = taken.get(spot) ?? 0;
    taken.set(spot, before + 1);
    const depth = stands === "water" ? setting.water : setting.ground;
    const y = high ? (setting.indoors ? 62 : 46 + 10 * before) : depth + 9 * before;
    const scale = scales[item.size] * (high && setting.indoors ? 0.8 : 1);
    const x = across[item.place] + giveWay[before % giveWay.length];
    return { y: high ? -1000 + y : y, svg: drawItem(item, x, y, scale) };
  });
  // What stands further back is drawn first.
  return drawn
    .sort((a, b) => a.y - b.y)
    .map(({ svg }) => svg)
    .join("");
}

/**
 * @param {Item} item
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 */
function drawItem(item, x, y, scale) {
  // Many stand closer, so that they stay within the picture.
  const step = spacing * scale * (item.count > 2 ? 0.72 : 0.9);
  const own = item.count > 1 ? scale * 0.85 : scale;
  const reach = ((item.count - 1) / 2) * step + halfWidth * own;
  const centre = Math.min(Math.max(x, reach), Math.max(width - reach, width / 2));
  return Array.from({ length: item.count }, (_, i) => {
    const left = Math.round(centre + (i - (item.count - 1) / 2) * step);
    const down = y + (things[item.kind].stands === "sky" ? (i % 2) * 12 : (i % 2) * 6);
    return `<g class="${item.kind} ${item.size}" transform="translate(${left} ${down}) scale(${Number(own.toFixed(2))})" fill="${colours[item.colour]}">${things[item.kind].shape}</g>`;
  }).join("");
}
