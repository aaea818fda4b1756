import { colours } from "./colours.js";
import { drawScene } from "./drawScene.js";
import { seededRandom } from "./random.js";
import { readSentence } from "./readSentence.js";
import { places, sizes, times, weathers } from "./scene.js";
import { settings } from "./settings.js";
import { things } from "./things.js";

/** @import { Item, Scene } from "./scene.js" */
/** @import { Random } from "./random.js" */

/**
 * How often a painter does what nobody asked for: probabilities, per thing or per picture.
 *
 * @typedef {object} PainterHabits
 * @property {number} forget a thing is left out
 * @property {number} recolour
 * @property {number} resize
 * @property {number} recount
 * @property {number} move
 * @property {number} mistake one thing becomes another that looks like it
 * @property {number} add a thing that belongs there
 * @property {number} hour the picture is painted at another hour
 * @property {number} weather
 */

/** @type {Record<string, PainterHabits>} */
export const painters = {
  "ScenePainter-Careful": {
    forget: 0.04,
    recolour: 0.07,
    resize: 0.04,
    recount: 0.04,
    move: 0.07,
    mistake: 0.02,
    add: 0.08,
    hour: 0.04,
    weather: 0.03,
  },
  "ScenePainter-Dreamy": {
    forget: 0.08,
    recolour: 0.14,
    resize: 0.1,
    recount: 0.08,
    move: 0.11,
    mistake: 0.06,
    add: 0.17,
    hour: 0.08,
    weather: 0.07,
  },
};

/** More than this no painter puts into one picture. */
const mostItems = 4;

/**
 * Turns a sentence into a picture.
 *
 * @param {string} name a key of `painters`
 * @param {string} sentence
 * @param {number} seed
 * @returns {string} SVG
 */
export function paint(name, sentence, seed) {
  const random = seededRandom(seed);
  return drawScene(imagine(readSentence(sentence), painters[name], random));
}

/**
 * @param {Scene} told
 * @param {PainterHabits} habits
 * @param {Random} random
 * @returns {Scene}
 */
function imagine(told, habits, random) {
  const items = told.items.filter((_, i) => i === 0 || !random.chance(habits.forget)).slice(0, mostItems);
  if (!items.length || (items.length < mostItems && random.chance(habits.add)))
    items.push(somethingAtHome(told.setting, random));
  return {
    setting: told.setting,
    time: random.chance(habits.hour) ? random.pick(times) : told.time,
    weather: settings[told.setting].indoors
      ? "clear"
      : random.chance(habits.weather)
        ? random.pick(weathers)
        : told.weather,
    items: items.map((item) => ({
      kind: random.chance(habits.mistake) ? random.pick(things[item.kind].lookAlikes) : item.kind,
      colour: random.chance(habits.recolour) ? random.pick(Object.keys(colours)) : item.colour,
      size: random.chance(habits.resize) ? random.pick(sizes) : item.size,
      count: random.chance(habits.recount) ? 1 + Math.floor(random.next() * 3) : item.count,
      place: random.chance(habits.move) ? random.pick(places) : item.place,
    })),
  };
}

/**
 * @param {string} setting
 * @param {Random} random
 * @returns {Item}
 */
function somethingAtHome(setting, random) {
  const kind = random.pick(Object.keys(things).filter((key) => things[key].homes.includes(setting)));
  const place = random.pick(places);
  return { kind, colour: random.pick(things[kind].colours), size: "medium", count: 1, place };
}
