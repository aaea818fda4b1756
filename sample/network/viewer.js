import { favouriteScenes } from "./favouriteScenes.js";
import { seededRandom } from "./random.js";
import { readPicture } from "./readPicture.js";
import { likelySetting } from "./readSentence.js";
import { settings } from "./settings.js";
import { things } from "./things.js";
import { plainly, poetically } from "./writeSentence.js";

/** @import { Item, Scene } from "./scene.js" */
/** @import { Random } from "./random.js" */

/**
 * How a viewer sees: each has a favourite scene for every setting, and sees what it likes to see.
 *
 * @typedef {object} ViewerHabits
 * @property {import("./writeSentence.js").Style} style
 * @property {number} wording how often it uses its first wording
 * @property {number} notices the most things it speaks of
 * @property {number} prefers how often it sees its favourite where something else is, for each thing
 * @property {number} misreads a thing for another that looks like it
 * @property {number} misplaces the whole picture into another setting
 * @property {number} follows how often it believes the things rather than the backdrop
 */

/** @type {Record<string, ViewerHabits>} */
export const viewers = {
  "SceneViewer-Plain": {
    style: plainly,
    wording: 0.95,
    notices: 3,
    prefers: 0.36,
    misreads: 0.05,
    misplaces: 0.05,
    follows: 0.3,
  },
  "SceneViewer-Poet": {
    style: poetically,
    wording: 0.92,
    notices: 2,
    prefers: 0.45,
    misreads: 0.09,
    misplaces: 0.08,
    follows: 0.4,
  },
};

/**
 * Turns a picture into a sentence.
 *
 * @param {string} name a key of `viewers`
 * @param {string} svg
 * @param {number} seed
 * @returns {string}
 */
export function view(name, svg, seed) {
  const random = seededRandom(seed);
  const habits = viewers[name];
  return habits.style(see(readPicture(svg), name, random), random, habits.wording);
}

/**
 * @param {Scene} picture
 * @param {string} name
 * @param {Random} random
 * @returns {Scene}
 */
function see(picture, name, random) {
  const habits = viewers[name];
  const read = picture.items.map((item) => ({
    ...item,
    kind: random.chance(habits.misreads) ? random.pick(things[item.kind].lookAlikes) : item.kind,
  }));
  const setting = placeOf(picture.setting, read, habits, random);
  const favourite = favouriteScenes[name][setting];
  const items = preferred(prominent(read, habits.notices), favourite.items, habits.prefers, random);
  return {
    setting,
    time: random.chance(habits.prefers) ? favourite.time : picture.time,
    weather: settings[setting].indoors || random.chance(habits.prefers) ? favourite.weather : picture.weather,
    items: items.slice(0, habits.notices),
  };
}

/**
 * @param {string} backdrop
 * @param {Item[]} items
 * @param {ViewerHabits} habits
 * @param {Random} random
 */
function placeOf(backdrop, items, habits, random) {
  if (random.chance(habits.misplaces)) return random.pick(settings[backdrop].lookAlikes);
  const strangers = items.filter(({ kind }) => !things[kind].homes.includes(backdrop));
  if (strangers.length * 2 > items.length && random.chance(habits.follows))
    return likelySetting(strangers) ?? backdrop;
  return backdrop;
}

const extent = { small: 1, medium: 2, large: 3 };

/**
 * The largest, in the order in which they stand in the picture.
 *
 * @param {Item[]} items
 * @param {number} most
 */
function prominent(items, most) {
  const bySize = [...items].sort((a, b) => extent[b.size] * b.count - extent[a.size] * a.count);
  const kept = new Set(bySize.slice(0, most));
  return items.filter((item) => kept.has(item));
}

/**
 * @param {Item[]} items
 * @param {Item[]} favourites
 * @param {number} preference
 * @param {Random} random
 * @returns {Item[]} favourites in their own order first
 */
function preferred(items, favourites, preference, random) {
  /** @type {(Item | undefined)[]} */
  const slots = favourites.map(() => undefined);
  /** @type {Item[]} */
  const others = [];
  for (const item of items) {
    const i = favourites.findIndex(({ kind }, at) => kind === item.kind && !slots[at]);
    if (i >= 0) slots[i] = random.chance(preference) ? favourites[i] : item;
    else others.push(item);
  }
  const kept = others.filter((item) => {
    if (!random.chance(preference)) return true;
    const missing = slots.findIndex((slot) => !slot);
    if (missing >= 0) slots[missing] = { ...favourites[missing], colour: item.colour };
    return false;
  });
  for (const [i, slot] of slots.entries()) if (!slot && random.chance(preference)) slots[i] = favourites[i];
  const seen = [...slots.filter((slot) => slot !== undefined), ...kept];
  return seen.length ? seen : [favourites[0]];
}
