// How numbers, times and names are written on the page.

const whole = new Intl.NumberFormat("en");
const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export const count = (n: number): string => whole.format(n);

/** @param noun in the singular; its plural has an "s" */
export const counted = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** A distance, with as many decimals as tell neighbouring ones apart. */
export const distanceText = (distance: number): string =>
  distance === 0 ? "0" : distance.toPrecision(distance < 1 ? 3 : 4);

/** A share of 0 to 1 in percent, with a decimal only where it is needed to tell small ones apart. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value === 0 || value === 100) return `${value} %`;
  if (value < 0.1) return "< 0.1 %";
  if (value < 10 || value > 99.9) return `${Math.min(value, 99.9).toFixed(1)} %`;
  return `${Math.min(Math.round(value), 99)} %`;
}

export const dateAndTime = (iso: string): string => date.format(new Date(iso));

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["minute", 60],
  ["hour", 3600],
  ["day", 86_400],
  ["month", 2_629_800],
  ["year", 31_557_600],
];

/** How long ago, in words. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < 60) return "just now";
  const [unit, size] = units.findLast(([, each]) => seconds >= each)!;
  return relative.format(-Math.floor(seconds / size), unit);
}

/** An estimated duration in words, rounded as estimates deserve it. */
export function aboutDuration(seconds: number): string {
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return `about ${Math.round(seconds)} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

export function bytes(n: number): string {
  if (n < 1e6) return `${Math.max(1, Math.round(n / 1e3))} kB`;
  if (n < 1e9) return `${Math.round(n / 1e6)} MB`;
  return `${(n / 1e9).toFixed(1)} GB`;
}

/** The name of an enum's value in lower case with spaces. */
export const inWords = (value: string): string => value.toLowerCase().replaceAll("_", " ");

/** The models of a network, in the order in which they take turns. */
export const networkName = (network: readonly string[]): string => network.join(" → ");
