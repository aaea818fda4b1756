/** @import { Place, Size, Time, Weather } from "./scene.js" */

/** What is said of the hour; the first is the plain way, all are understood. @type {Record<Time, string[]>} */
export const timeWords = {
  dawn: ["at dawn", "at sunrise", "early in the morning"],
  noon: ["at noon", "in broad daylight", "at midday"],
  dusk: ["at dusk", "at sunset", "in the evening"],
  night: ["at night", "at midnight", "after dark"],
};

/** @type {Record<Weather, string[]>} */
export const weatherWords = {
  clear: [],
  rain: ["in the rain", "in pouring rain", "rainy"],
  snow: ["in the snow", "in falling snow", "snowy"],
  fog: ["in the fog", "in thick fog", "foggy"],
};

/** @type {Record<Place, string[]>} */
export const placeWords = {
  left: ["on the left", "to the left"],
  middle: ["in the middle", "overhead"],
  right: ["on the right", "to the right"],
};

/** @type {Record<Size, string[]>} */
export const sizeWords = {
  small: ["small", "tiny", "little"],
  medium: [],
  large: ["large", "huge", "big"],
};

/** From one to four; what is more is four. */
export const countWords = ["a", "two", "three", "four"];

/**
 * @param {string} noun
 * @returns {string}
 */
export function plural(noun) {
  return `${noun}s`;
}
