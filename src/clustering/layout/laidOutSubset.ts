import type { CopiedSources, DistinctSources } from "../distinctPoints.js";
import { hashRow } from "../equalRows.js";
import { sharedArray } from "../sharedArray.js";
import { sortedInPieces } from "../sortedInPieces.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";
import { randomBits } from "./randomNumber.js";

/** Number of rows that a thread takes at a time. */
const BATCH = 256;

/**
 * Draws the rows that are laid out: those whose content has the least hashes, of equal hashes those that are first in
 * the order of content. So the subset depends on the distinct rows and the seed alone, not on the order of the input.
 *
 * @returns their numbers, ascending, in shared memory
 */
export function laidOutSubset(sources: DistinctSources, size: number, seed: number, team: Team): Int32Array {
  const { data, dimensions, firstRow, lengths } = sources;
  const count = firstRow.length;
  const hashes = sharedArray(Int32Array, count);
  const context: ContentHashesContext = { data, dimensions, firstRow, lengths, seed, hashes };
  team.run(contentHashesJob, context, count, BATCH);
  const unsigned = new Uint32Array(hashes.buffer);
  const limit = sortedInPieces(unsigned.slice())[size - 1];
  let ofLimit = size - unsigned.reduce((below, hash) => below + (hash < limit ? 1 : 0), 0);
  const numbers = sharedArray(Int32Array, size);
  let found = 0;
  for (let number = 0; number < count; number++) {
    const hash = unsigned[number];
    if (hash < limit || (hash === limit && ofLimit-- > 0)) numbers[found++] = number;
  }
  return numbers;
}

export interface ContentHashesContext extends CopiedSources {
  seed: number;
  /** m: receives the hashes. */
  hashes: Int32Array;
}

export const contentHashesJob = teamJob(
  "contentHashes",
  ({ data, dimensions, firstRow, lengths, seed, hashes }: ContentHashesContext, take: TakeTasks): null => {
    // Rows that become equal by scaling are one distinct row, so that it is the scaled row that is hashed.
    const row = new Float32Array(dimensions);
    const bits = new Int32Array(row.buffer);
    for (let batch = take(); batch !== null; batch = take()) {
      for (let number = batch.from; number < batch.to; number++) {
        const from = firstRow[number] * dimensions;
        for (let c = 0; c < dimensions; c++) row[c] = data[from + c] / lengths[number];
        hashes[number] = randomBits(seed, hashRow(bits, 0, dimensions));
      }
    }
    return null;
  },
);
