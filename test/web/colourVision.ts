import type { Colour } from "../../web/map/colours.js";

type Linear = [red: number, green: number, blue: number];

/**
 * What people with dichromacy see, as matrices of linear sRGB (Machado, Oliveira & Fernandes 2009, severity 1.0).
 */
const simulations = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

export type Vision = keyof typeof simulations;
export const visions = Object.keys(simulations) as Vision[];

const linear = (channel: number) => {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};

function seen(colour: Colour, vision: Vision): Linear {
  const [red, green, blue] = colour.map(linear);
  return simulations[vision].map(([ofRed, ofGreen, ofBlue]) =>
    Math.min(1, Math.max(0, ofRed * red + ofGreen * green + ofBlue * blue)),
  ) as Linear;
}

/** OKLab (Ottosson 2020). */
function okLab([red, green, blue]: Linear): [lightness: number, a: number, b: number] {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** How different two colours look: 1 between black and white, about 0.02 for a difference that is just noticed. */
export function difference(one: Colour, other: Colour, vision: Vision): number {
  const [a, b] = [one, other].map((colour) => okLab(seen(colour, vision)));
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The lightness that a colour seems to have, 0 to 1. */
export const lightness = (colour: Colour, vision: Vision): number => okLab(seen(colour, vision))[0];

/** The contrast of two colours as WCAG 2 defines it, 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [a, b] = [one, other].map((colour) => {
    const [red, green, blue] = colour.map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
