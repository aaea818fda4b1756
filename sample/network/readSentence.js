import { colours } from "./colours.js";
import { settings } from "./settings.js";
import { things } from "./things.js";
import { countWords, placeWords, plural, sizeWords, timeWords, weatherWords } from "./words.js";

/** @import { Item, Place, Scene, Size, Time, Weather } from "./scene.js" */

/**
 * What a phrase means.
 *
 * @typedef {object} Meaning
 * @property {"thing" | "setting" | "colour" | "size" | "count" | "place" | "time" | "weather"} type
 * @property {string} value
 */

/** @type {Map<string, Meaning>} */
const lexicon = new Map();

/**
 * @param {Meaning["type"]} type
 * @param {string} value
 * @param {string[]} phrases
 */
function learn(type, value, phrases) {
  for (const phrase of phrases) if (!lexicon.has(phrase)) lexicon.set(phrase, { type, value });
}

for (const [kind, { nouns, plurals }] of Object.entries(things))
  learn("thing", kind, [...nouns, ...(plurals ?? nouns.map(plural))]);
for (const [key, { nouns }] of Object.entries(settings)) learn("setting", key, nouns);
for (const colour of Object.keys(colours)) learn("colour", colour, [colour]);
for (const [size, words] of Object.entries(sizeWords)) learn("size", size, words);
countWords.forEach((word, i) => {
  learn("count", String(i + 1), [word]);
});
learn("count", "1", ["an", "one"]);
learn("count", "2", ["pair of", "both"]);
learn("count", "3", ["several"]);
for (const [place, words] of Object.entries(placeWords)) learn("place", place, words);
for (const [time, words] of Object.entries(timeWords)) learn("time", time, words);
for (const [weather, words] of Object.entries(weatherWords)) learn("weather", weather, words);

const longestPhrase = 4;
/** Adjectives may stand between a noun and its number, but no more than this. */
const reachBack = 5;

/**
 * The phrases that are known, in order; what is unknown is passed over. A comma stays, as a border.
 *
 * @param {string} sentence
 * @returns {(Meaning | null)[]}
 */
function meanings(sentence) {
  const words = sentence.toLowerCase().match(/[a-z-]+|[,;.:]/g) ?? [];
  /** @type {(Meaning | null)[]} */
  const found = [];
  for (let i = 0; i < words.length; ) {
    if (/[,;.:]/.test(words[i])) found.push(null);
    let length = Math.min(longestPhrase, words.length - i);
    while (length > 0 && !lexicon.has(words.slice(i, i + length).join(" "))) length--;
    const meaning = lexicon.get(words.slice(i, i + length).join(" "));
    if (meaning) found.push(meaning);
    i += Math.max(1, length);
  }
  return found;
}

/** Where things go of which nobody says where: in the order in which they are named. @type {Place[]} */
const unsaidPlaces = ["left", "right", "middle"];

/**
 * What a painter understands of a sentence. What is not said is as usual: things have their usual colour, the
 * hour is noon, the weather clear, and the setting is the one where most of the things are at home.
 *
 * @param {string} sentence
 * @returns {Scene}
 */
export function readSentence(sentence) {
  const found = meanings(sentence);
  /** @param {Meaning["type"]} type */
  const first = (type) => found.find((m) => m?.type === type)?.value;
  /** @type {Item[]} */
  const items = [];
  let unplaced = 0;
  for (const [i, noun] of found.entries()) {
    if (noun?.type !== "thing") continue;
    /** @type {Item} */
    const item = {
      kind: noun.value,
      colour: things[noun.value].colours[0],
      size: "medium",
      count: 1,
      place: "middle",
    };
    for (let j = i - 1; j >= Math.max(0, i - reachBack); j--) {
      const before = found[j];
      if (!before || before.type === "thing" || before.type === "place") break;
      if (before.type === "colour") item.colour = before.value;
      if (before.type === "size") item.size = /** @type {Size} */ (before.value);
      if (before.type === "count") {
        item.count = Number(before.value);
        break;
      }
    }
    /** @type {Place | undefined} */
    let place;
    for (let j = i + 1; j < found.length && found[j] && found[j]?.type !== "thing"; j++)
      if (found[j]?.type === "place") place = /** @type {Place} */ (found[j]?.value);
    item.place = place ?? unsaidPlaces[unplaced++ % unsaidPlaces.length];
    items.push(item);
  }
  return {
    setting: first("setting") ?? likelySetting(items) ?? "meadow",
    time: /** @type {Time} */ (first("time") ?? "noon"),
    weather: /** @type {Weather} */ (first("weather") ?? "clear"),
    items,
  };
}

/**
 * The setting where most of the things are at home; the one that the first thing calls its home where several are.
 *
 * @param {Item[]} items
 * @returns {string | undefined}
 */
export function likelySetting(items) {
  /** @type {Map<string, number>} */
  const votes = new Map();
  for (const { kind } of items)
    for (const home of things[kind].homes) votes.set(home, (votes.get(home) ?? 0) + 1);
  /** @type {string | undefined} */
  let best;
  for (const [home, count] of votes) if (best === undefined || count > (votes.get(best) ?? 0)) best = home;
  return best;
}
