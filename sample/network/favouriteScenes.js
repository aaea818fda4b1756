/** @import { Item, Place, Scene, Size, Time, Weather } from "./scene.js" */

/**
 * @param {string} items "count size colour kind place", separated by semicolons
 * @returns {Item[]}
 */
function itemsOf(items) {
  return items.split("; ").map((item) => {
    const [count, size, colour, kind, place] = item.split(" ");
    return {
      count: Number(count),
      size: /** @type {Size} */ (size),
      colour,
      kind,
      place: /** @type {Place} */ (place),
    };
  });
}

/**
 * @param {Time} time
 * @param {Weather} weather
 * @param {string} items
 */
function favourite(time, weather, items) {
  return { time, weather, items: itemsOf(items) };
}

/**
 * What each viewer likes to see in each setting: here its runs settle.
 *
 * @type {Record<string, Record<string, Omit<Scene, "setting">>>}
 */
export const favouriteScenes = {
  "SceneViewer-Plain": {
    harbour: favourite(
      "night",
      "clear",
      "1 medium red boat left; 1 large white lighthouse right; 1 medium yellow moon middle",
    ),
    lake: favourite(
      "dawn",
      "fog",
      "1 medium orange tent left; 2 medium green pine right; 1 small blue boat middle",
    ),
    beach: favourite(
      "noon",
      "clear",
      "1 large yellow umbrella left; 1 medium brown dog right; 1 medium red kite middle",
    ),
    desert: favourite(
      "noon",
      "clear",
      "1 medium brown camel left; 2 medium green cactus right; 1 large orange sun middle",
    ),
    meadow: favourite(
      "noon",
      "clear",
      "3 medium white sheep left; 1 large green tree right; 1 small white cloud middle",
    ),
    garden: favourite(
      "noon",
      "clear",
      "3 medium red tulip left; 1 medium brown bench middle; 1 medium white rabbit right",
    ),
    forest: favourite(
      "night",
      "snow",
      "1 medium orange fox left; 2 large green pine right; 1 medium white moon middle",
    ),
    village: favourite(
      "dusk",
      "snow",
      "1 medium white snowman left; 1 large pink house right; 1 medium yellow star middle",
    ),
    street: favourite(
      "night",
      "rain",
      "1 medium black lamp left; 1 medium black cat middle; 1 large red umbrella right",
    ),
    station: favourite(
      "dawn",
      "fog",
      "1 large green train left; 1 medium white clock middle; 1 medium brown bench right",
    ),
    farm: favourite(
      "dawn",
      "clear",
      "2 medium white cow left; 1 large brown windmill right; 1 medium orange sun middle",
    ),
    hilltop: favourite(
      "night",
      "clear",
      "1 medium blue tent left; 1 medium orange fire middle; 3 medium yellow star right",
    ),
    kitchen: favourite(
      "noon",
      "clear",
      "3 medium green apple left; 1 medium blue teapot middle; 1 medium brown bread right",
    ),
    study: favourite(
      "night",
      "clear",
      "1 medium green book left; 1 medium white candle middle; 1 medium blue globe right",
    ),
  },
  "SceneViewer-Poet": {
    harbour: favourite("dusk", "fog", "1 medium blue boat left; 2 medium white gull right"),
    lake: favourite("noon", "clear", "2 medium yellow duck left; 1 medium white cloud right"),
    beach: favourite("dusk", "clear", "1 large blue whale left; 1 medium orange sun right"),
    desert: favourite("dawn", "clear", "1 large orange balloon left; 1 medium green cactus right"),
    meadow: favourite("dusk", "clear", "1 medium purple kite left; 1 small brown rabbit right"),
    garden: favourite("dawn", "rain", "2 medium yellow sunflower left; 1 medium green bicycle right"),
    forest: favourite("night", "clear", "1 medium brown owl left; 3 medium red mushroom right"),
    village: favourite("night", "snow", "1 medium yellow house left; 1 medium orange fox right"),
    street: favourite("dusk", "rain", "1 medium yellow umbrella left; 1 medium red bicycle right"),
    station: favourite("night", "snow", "1 large black train left; 1 medium black lamp right"),
    farm: favourite("noon", "clear", "1 medium white windmill left; 2 medium white sheep right"),
    hilltop: favourite("night", "clear", "1 large white moon left; 1 medium black sheep right"),
    kitchen: favourite("dawn", "clear", "1 medium red kettle left; 1 medium white cup right"),
    study: favourite("night", "clear", "1 medium black cat left; 1 medium red book right"),
  },
};
