import { settings } from "./settings.js";
import { things } from "./things.js";
import { countWords, placeWords, plural, sizeWords, timeWords, weatherWords } from "./words.js";

/** @import { Item, Scene } from "./scene.js" */
/** @import { Random } from "./random.js" */

/**
 * A viewer's way of putting things: of several wordings the first comes with probability `habit`.
 *
 * @typedef {(scene: Scene, random: Random, habit: number) => string} Style
 */

/**
 * Says what is where: "A harbour at night, with a red boat on the left and a yellow moon overhead."
 *
 * @type {Style}
 */
export function plainly(scene, random, habit) {
  const setting = settings[scene.setting];
  const noun = setting.nouns[0];
  const when = [timeWords[scene.time][0], ...weatherWords[scene.weather].slice(0, 1)].join(" ");
  const listed = [...scene.items].sort((a, b) => rank(a) - rank(b));
  const named = list(
    listed.map((item) => `${nounPhrase(item, random, { habit: 1, colour: true })} ${whereabouts(item)}`),
  );
  const are = listed[0].count > 1 ? "are" : "is";
  const where = `${setting.within} the ${noun} ${when}`;
  return sentence(
    random.habitually(
      [
        `${article(noun)} ${noun} ${when}, with ${named}`,
        `there ${are} ${named}, ${where}`,
        `a picture of ${named}, ${where}`,
        `${where}: ${named}`,
      ],
      habit,
    ),
  );
}

/**
 * Tells what goes on: "In the harbour at dusk, a red boat comes home, two gulls wheel overhead, and the ropes creak."
 *
 * @type {Style}
 */
export function poetically(scene, random, habit) {
  const setting = settings[scene.setting];
  const when = random.habitually(timeWords[scene.time], habit);
  const weather =
    scene.weather === "clear" ? "" : ` ${random.habitually(weatherWords[scene.weather].slice(0, 2), habit)}`;
  const mood = random.habitually(setting.moods, habit);
  const clauses = scene.items.map((item) => {
    const subject = nounPhrase(item, random, { habit, colour: false });
    return `${subject} ${conjugate(random.habitually(things[item.kind].verbs, habit), item.count)}`;
  });
  const told = mood.startsWith("and ") ? clauses.join(", ") : list(clauses);
  const [opening, ...rest] = clauses;
  return sentence(
    random.habitually(
      [
        `${setting.inside} ${when}${weather}, ${told}, ${mood}`,
        `${opening} ${setting.inside} ${when}${weather}${rest.length ? `, where ${list(rest)}` : ""}, ${mood}`,
      ],
      habit,
    ),
  );
}

/**
 * What stands comes before what flies, and the left before the right.
 *
 * @param {Item} item
 */
function rank(item) {
  return (things[item.kind].stands === "sky" ? 10 : 0) + ["left", "middle", "right"].indexOf(item.place);
}

/** @param {Item} item */
function whereabouts(item) {
  if (things[item.kind].stands !== "sky") return placeWords[item.place][0];
  return item.place === "middle" ? "overhead" : `high ${placeWords[item.place][0]}`;
}

/**
 * @param {Item} item
 * @param {Random} random
 * @param {{ habit: number, colour: boolean }} how colour: also where it is the usual one
 */
function nounPhrase(item, random, { habit, colour }) {
  const thing = things[item.kind];
  const which = random.habitually([...thing.nouns.keys()], habit);
  const noun = item.count > 1 ? (thing.plurals?.[which] ?? plural(thing.nouns[which])) : thing.nouns[which];
  const sayColour = item.colour !== thing.colours[0] || (colour && thing.colours.length > 1);
  const words = [
    ...sizeWords[item.size].slice(0, 1),
    ...(sayColour && !noun.includes(item.colour) ? [item.colour] : []),
    noun,
  ];
  return [item.count > 1 ? countWords[item.count - 1] : article(words[0]), ...words].join(" ");
}

/**
 * @param {string} verb with `{s}` or `{es}` where one does it
 * @param {number} count
 */
function conjugate(verb, count) {
  return count > 1
    ? verb.replace(/\{e?s\}/, "").replace(/\bits\b/g, "their")
    : verb.replace(/\{(e?s)\}/, "$1");
}

/** @param {string} word */
function article(word) {
  return /^[aeiou]/.test(word) ? "an" : "a";
}

/** @param {string[]} parts */
function list(parts) {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** @param {string} words */
function sentence(words) {
  return `${words[0].toUpperCase()}${words.slice(1)}.`;
}
