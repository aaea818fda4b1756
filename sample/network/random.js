/**
 * A seeded stream of choices: the same seed makes the same choices on every machine.
 *
 * @typedef {object} Random
 * @property {() => number} next uniform in [0, 1)
 * @property {(probability: number) => boolean} chance
 * @property {<T>(options: readonly T[]) => T} pick uniform
 * @property {<T>(options: readonly T[], habit: number) => T} habitually the first with probability `habit`, else one of the rest
 */

/**
 * FNV-1a over UTF-16 code units.
 *
 * @param {string} text
 * @returns {number} an unsigned 32-bit integer
 */
export function seedOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Mulberry32 (Tommy Ettinger, 2017).
 *
 * @param {number} seed an unsigned 32-bit integer
 * @returns {Random}
 */
export function seededRandom(seed) {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    chance: (probability) => next() < probability,
    pick: (options) => options[Math.floor(next() * options.length)],
    habitually: (options, habit) =>
      options.length === 1 || next() < habit
        ? options[0]
        : options[1 + Math.floor(next() * (options.length - 1))],
  };
}
