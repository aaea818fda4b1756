/** The long form (MEDOID_FAULTS=long) repeats each fault as often as it takes for rare moments to occur. */
export const isLong = process.env.MEDOID_FAULTS === "long";

/** The number of repetitions: the first in the short form, the second in the long one. */
export function times(short: number, long: number): number {
  return isLong ? long : short;
}

/** Random moments that MEDOID_FAULTS_SEED=… repeats. */
const seed = Number(process.env.MEDOID_FAULTS_SEED ?? Math.floor(Math.random() * 2 ** 32));
console.log(`MEDOID_FAULTS_SEED=${seed}`);

export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from `min` to `max`, inclusive. */
  between(min: number, max: number): number;
  pick<T>(values: readonly T[]): T;
  shuffled<T>(values: readonly T[]): T[];
}

/** Numbers that depend only on the run's seed and on `name` (mulberry32). */
export function randomOf(name: string): Random {
  let state = seed;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    pick: (values) => values[between(0, values.length - 1)],
    shuffled(values) {
      const left = [...values];
      return values.map(() => left.splice(between(0, left.length - 1), 1)[0]);
    },
  };
}
