/**
 * What a sentence and a picture have in common. Painter and viewer exchange only sentences and pictures;
 * each reads what it is given into a scene of its own.
 *
 * @typedef {"dawn" | "noon" | "dusk" | "night"} Time
 * @typedef {"clear" | "rain" | "snow" | "fog"} Weather
 * @typedef {"left" | "middle" | "right"} Place
 * @typedef {"small" | "medium" | "large"} Size
 *
 * @typedef {object} Item
 * @property {string} kind a key of `things`
 * @property {string} colour a key of `colours`
 * @property {Size} size
 * @property {number} count 1 to 4
 * @property {Place} place
 *
 * @typedef {object} Scene
 * @property {string} setting a key of `settings`
 * @property {Time} time
 * @property {Weather} weather
 * @property {Item[]} items
 */

/** @type {Time[]} */
export const times = ["dawn", "noon", "dusk", "night"];
/** @type {Weather[]} */
export const weathers = ["clear", "rain", "snow", "fog"];
/** @type {Place[]} */
export const places = ["left", "middle", "right"];
/** @type {Size[]} */
export const sizes = ["small", "medium", "large"];
