/**
 * The colours that painters use and viewers can name.
 *
 * @type {Record<string, string>}
 */
export const colours = {
  red: "#c9402f",
  orange: "#e58435",
  yellow: "#f4cf58",
  golden: "#d9a32b",
  green: "#5d9a53",
  turquoise: "#3fa7a0",
  blue: "#3f70b8",
  purple: "#80559f",
  pink: "#e69ab0",
  brown: "#8f6341",
  white: "#fbf7ea",
  grey: "#9a9da6",
  black: "#3a3644",
};
