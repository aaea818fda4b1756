/** A colour of the screen (sRGB): red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

export type Theme = "light" | "dark";

/** What a map is drawn with. */
interface MapColours {
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
const mapColours: Record<Theme, MapColours> = {
  light: {
    background: colour("#fbfbfa"),
    text: colour("#1c1d20"),
    muted: colour("#a3a6ad"),
    plain: colour("#3d6fb4"),
    categories: colours("#2a78d6 #d0661b #1b8a5a #8d3fb0 #c9a227 #6fa8dc #7a4b2a #e377a8 #3b3f8f #7fae3a"),
    ramp: colours("#addc30 #5ec962 #28ae80 #21918c #2c728e #3b528b #472d7b #440154"),
  },
  dark: {
    background: colour("#14161b"),
    text: colour("#f1f2f4"),
    muted: colour("#6d727d"),
    plain: colour("#7fb0ee"),
    categories: colours("#5aa2ff #ff9a4d #3ecf8e #c98bf0 #f2d35c #a8d4ff #c98f63 #ff9fc9 #8d93f2 #b5e05f"),
    ramp: colours("#472d7b #3b528b #2c728e #21918c #28ae80 #5ec962 #addc30 #fde725"),
  },
};

/** As CSS writes it. */
export const cssColour = ([red, green, blue]: Colour, opacity = 1): string =>
  opacity === 1 ? `rgb(${red} ${green} ${blue})` : `rgb(${red} ${green} ${blue} / ${opacity})`;

/**
 * The colour of a cluster, the same in every view: the ten largest clusters differ, after them the colours begin again.
 * @param label of the cluster, −1 for outliers
 */
export function clusterColour(label: number, theme: Theme): Colour {
  const { categories, muted } = mapColours[theme];
  return label < 0 ? muted : categories[label % categories.length];
}
