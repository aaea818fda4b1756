/** The final mix of MurmurHash3. */
function scrambled(x: number): number {
  let mixed = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** 32 random bits that depend on the seed and a counter alone. */
export const randomBits = (seed: number, counter: number): number =>
  scrambled(scrambled(seed ^ 0x5bd1e995) + Math.imul(counter, 0x9e3779b1));

/** A random number, 0 ≤ x < 1, that depends on the seed and two counters alone. */
export const randomNumber = (seed: number, stream: number, counter: number): number =>
  (randomBits(randomBits(seed, stream), counter) >>> 0) / 2 ** 32;
