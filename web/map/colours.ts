/** A colour of the screen (sRGB): red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

export type Theme = "light" | "dark";

/** What a map is drawn with. */
export interface MapColours {
  readonly background: Colour;
  /** Labels, and rings around medoids. */
  readonly text: Colour;
  /** Outliers, and points whose category has no colour of its own. */
  readonly muted: Colour;
  /** Points that have no category, because no clustering is shown. */
  readonly plain: Colour;
  /** Colours of categories, which people with any kind of colour blindness can tell apart. */
  readonly categories: readonly Colour[];
  /** From the first step to the last, by rising contrast to the background. */
  readonly ramp: readonly Colour[];
}

const colour = (hex: string): Colour =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as never;
const colours = (text: string) => text.split(" ").map(colour);

/**
 * The colours of categories were chosen by a search for the set whose least difference is the greatest, as seen with
 * normal vision, protanopia, deuteranopia and tritanopia; a test computes these differences. Those of steps are of
 * viridis (Nathaniel Smith and Stéfan van der Walt, CC0), whose lightness rises evenly with every kind of vision.
 */
export const mapColours: Record<Theme, MapColours> = {
  light: {
    background: colour("#fbfbfa"),
    text: colour("#1c1d20"),
    muted: colour("#a9acb3"),
    plain: colour("#3d6fb4"),
    categories: colours("#3965dc #b2612a #329e76 #8953a6 #dea860 #42b8f6 #7a4e1d #d760bc #2a3a8c #a69504"),
    ramp: colours("#addc30 #5ec962 #28ae80 #21918c #2c728e #3b528b #472d7b #440154"),
  },
  dark: {
    background: colour("#14161b"),
    text: colour("#f1f2f4"),
    muted: colour("#666b76"),
    plain: colour("#7fb0ee"),
    categories: colours("#5ca3ff #fc8920 #8cb778 #b484c6 #f2e29c #89daff #bc7a49 #fe9cbd #7072ea #b5dd3e"),
    ramp: colours("#472d7b #3b528b #2c728e #21918c #28ae80 #5ec962 #addc30 #fde725"),
  },
};

/** As CSS writes it. */
export const cssColour = ([red, green, blue]: Colour, opacity = 1): string =>
  opacity === 1 ? `rgb(${red} ${green} ${blue})` : `rgb(${red} ${green} ${blue} / ${opacity})`;

/** As SVG files write it, so that every program reads it. */
export const hexColour = (colour: Colour): string =>
  `#${colour.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;

/**
 * The colour of a cluster, the same in every view: the ten largest clusters differ, after them the colours begin again.
 * @param label of the cluster, −1 for outliers
 */
export function clusterColour(label: number, theme: Theme): Colour {
  const { categories, muted } = mapColours[theme];
  return label < 0 ? muted : categories[label % categories.length];
}

/**
 * The colour at a place of a ramp.
 * @param at 0 for its beginning to 1 for its end
 */
export function rampColour(ramp: readonly Colour[], at: number): Colour {
  const place = Math.min(1, Math.max(0, at)) * (ramp.length - 1);
  const from = Math.min(ramp.length - 2, Math.floor(place));
  const [before, after] = [ramp[from], ramp[from + 1]];
  return before.map((channel, n) => Math.round(channel + (place - from) * (after[n] - channel))) as never;
}
