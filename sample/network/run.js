import { paint } from "./painter.js";
import { seededRandom, seedOf } from "./random.js";
import { view } from "./viewer.js";

/**
 * @typedef {object} Plan
 * @property {string} painter
 * @property {string} viewer
 * @property {string} initialPrompt
 * @property {number} seed
 * @property {number} maxLength how many invocations
 *
 * @typedef {object} Step
 * @property {number} sequenceNumber from 0
 * @property {string} model
 * @property {"TEXT" | "IMAGE"} type
 * @property {number} seed
 * @property {string} output the sentence, or the picture as SVG
 */

/**
 * Painter and viewer take turns, each given nothing but what the other made last.
 *
 * @param {Plan} plan
 * @returns {Step[]}
 */
export function run({ painter, viewer, initialPrompt, seed, maxLength }) {
  const seeds = seededRandom(seedOf(`${painter} ${viewer} ${initialPrompt} ${seed}`));
  /** @type {Step[]} */
  const steps = [];
  let last = initialPrompt;
  for (let sequenceNumber = 0; sequenceNumber < maxLength; sequenceNumber++) {
    const paints = sequenceNumber % 2 === 0;
    const model = paints ? painter : viewer;
    const stepSeed = Math.floor(seeds.next() * 2 ** 31);
    last = paints ? paint(model, last, stepSeed) : view(model, last, stepSeed);
    steps.push({ sequenceNumber, model, type: paints ? "IMAGE" : "TEXT", seed: stepSeed, output: last });
  }
  return steps;
}
