import { kernelFor, kernelModule, memoryBuffer, TILE } from "./kernel/kernel.js";
import { principalDirections } from "./principalDirections.js";
import { FLOAT64_SLACK, integerScale, type QuantisedRows, ROUND } from "./quantisedRows.js";
import { PRODUCT_SLACK, roundRows } from "./rowProducts.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

/**
 * Computes a short form of each row, from whose distances the rows' distances are bounded. With V the
 * directions, scaled so that they lengthen no vector (VᵀV ≤ 1), and T = (1 − VᵀV)^½, the short form of a row
 * x̂ is z = (V·x̂, ‖T·x̂‖). Because of
 *
 *   ‖x̂ − ŷ‖² = ‖V·(x̂ − ŷ)‖² + ‖T·(x̂ − ŷ)‖²
 *
 * and since the absolute value of ‖T·x̂‖ − ‖T·ŷ‖ is at most ‖T·(x̂ − ŷ)‖, which is at most ‖T·x̂‖ + ‖T·ŷ‖,
 *
 *   ‖zx − zy‖² ≤ ‖x̂ − ŷ‖² ≤ ‖zx − zy‖² + 4·‖T·x̂‖·‖T·ŷ‖.
 *
 * The integers ẑ are within a known error of z, as the rows' integers are within a known error of the rows.
 * ‖T·x̂‖² is computed as ‖x̂‖² − ‖V·x̂‖².
 *
 * V is the rounded directions divided by √(1 + γ) with γ = ‖G − 1‖ (Frobenius norm), where G holds their
 * products with each other: the largest eigenvalue of G is at most 1 + γ.
 */
export function projectRows(rows: QuantisedRows, team: Team): void {
  projectTiles(rows, setDirections(rows, team), 0, rows.layout.tiles, team);
}

/**
 * Finds directions for the rows, and writes them to the memory.
 *
 * @returns the factor that products with them are to be multiplied by
 */
export function setDirections(rows: QuantisedRows, team: Team): number {
  const { layout, dimensions } = rows;
  const { width } = layout;
  if (width === 0) return 1;
  const buffer = memoryBuffer(rows.memory);
  const directions = principalDirections(rows, width - 1, team.module);
  const padded = Math.ceil(width / TILE) * TILE;
  const integers = new Int16Array(buffer, layout.directions, (padded * layout.stride) / 2);
  const scales = new Float32Array(buffer, layout.directionScales, padded);
  roundRows(directions, dimensions, integers, scales);
  return 1 / Math.sqrt(1 + departure(rows, directions));
}

/**
 * Computes the short forms of the rows in the tiles from `from` to the one before `to`.
 *
 * @param shrink as `setDirections` returned it
 */
export function projectTiles(
  rows: QuantisedRows,
  shrink: number,
  from: number,
  to: number,
  team: Team,
): void {
  if (rows.layout.width > 0) team.run(projectedRowsJob, { rows, shrink, from }, to - from, 4);
}

/**
 * γ, an upper bound of how far the rounded directions are from orthonormal. Directions that are all zeros are
 * left out: they lengthen nothing.
 */
function departure({ memory, layout }: QuantisedRows, directions: Float64Array): number {
  const { width, stride } = layout;
  const kernel = kernelFor(memory, kernelModule());
  const block = new Float32Array(memoryBuffer(memory), layout.scratch, TILE * TILE);
  const dimensions = directions.length / (width - 1);
  let squares = 0;
  for (let a = 0; a < width - 1; a += TILE) {
    for (let b = 0; b < width - 1; b += TILE) {
      kernel.blockDistances(
        layout.directions + a * stride,
        layout.directions + b * stride,
        stride,
        layout.zeros,
        layout.directionScales + a * 4,
        layout.zeros,
        layout.directionScales + b * 4,
        layout.scratch,
      );
      for (let i = 0; i < TILE; i++) {
        for (let j = 0; j < TILE; j++) {
          const product = -block[i * TILE + j];
          const wanted = a + i === b + j && product > 0 ? 1 : 0;
          squares += (Math.abs(product - wanted) + 2 * PRODUCT_SLACK) ** 2;
        }
      }
    }
  }
  return Math.sqrt(squares) * (1 + dimensions * FLOAT64_SLACK);
}

export interface ProjectedRowsContext {
  rows: QuantisedRows;
  /** The factor that the products with the directions are multiplied by. */
  shrink: number;
  /** The first tile. */
  from: number;
}

/** Each task is one tile. */
export const projectedRowsJob = teamJob(
  "projectedRows",
  ({ rows, shrink, from }: ProjectedRowsContext, take: TakeTasks, slot: number): null => {
    const { layout, memory } = rows;
    const { width, stride } = layout;
    const buffer = memoryBuffer(memory);
    const kernel = kernelFor(memory, kernelModule());
    const blockAt = layout.scratch + slot * layout.scratchBytes;
    const block = new Float32Array(buffer, blockAt, TILE * TILE);
    const padded = layout.tiles * TILE;
    const integers = new Int16Array(buffer, layout.projected, padded * width);
    const norms = new Float32Array(buffer, layout.projectedNorms, padded);
    const scales = new Float32Array(buffer, layout.projectedScales, padded);
    const errors = new Float32Array(buffer, layout.projectedErrors, padded);
    const facts = new Float32Array(buffer, layout.projectedFacts, layout.tiles * 4);
    const short = new Float64Array(TILE * width);
    for (let batch = take(); batch !== null; batch = take()) {
      for (let tile = from + batch.from; tile < from + batch.to; tile++) {
        for (let first = 0; first < width; first += TILE) {
          kernel.blockDistances(
            layout.rows + tile * TILE * stride,
            layout.directions + first * stride,
            stride,
            layout.zeros,
            layout.scales + tile * TILE * 4,
            layout.zeros,
            layout.directionScales + first * 4,
            blockAt,
          );
          const end = Math.min(TILE, width - first);
          for (let r = 0; r < TILE; r++) {
            // The scales of rows contain a factor √2.
            for (let c = 0; c < end; c++)
              short[r * width + first + c] = -block[r * TILE + c] * Math.SQRT1_2 * shrink;
          }
        }
        const tileFacts = [0, 0, 0];
        for (let r = 0; r < TILE; r++) {
          const place = tile * TILE + r;
          // A place without a row.
          if (rows.norms[place] === Infinity) {
            norms[place] = Infinity;
            continue;
          }
          const norm = rows.norms[place];
          const z = short.subarray(r * width, (r + 1) * width);
          let squares = 0;
          let largest = 0;
          for (let c = 0; c < width - 1; c++) {
            squares += z[c] * z[c];
            largest = Math.max(largest, Math.abs(z[c]));
          }
          // The square of the tail is off by at most SQUARE_SLACK·norm, and hence the tail by this much.
          const wrong = SQUARE_SLACK * norm;
          const tail = Math.sqrt(Math.max(0, norm - squares));
          const tailError = tail > 0 ? Math.min(Math.sqrt(wrong), wrong / tail) : Math.sqrt(wrong);
          z[width - 1] = tail;
          const scale =
            Math.fround(Math.SQRT2 * integerScale(Math.sqrt(norm), Math.max(largest, tail))) / Math.SQRT2;
          let residual = 0;
          let whole = 0;
          if (scale > 0) {
            const inverse = 1 / scale;
            for (let c = 0; c < width; c++) {
              const exact = z[c] * inverse;
              const rounded = exact + ROUND - ROUND;
              integers[place * width + c] = rounded;
              whole += rounded * rounded;
              residual += (exact - rounded) * (exact - rounded);
            }
          }
          scales[place] = Math.fround(Math.SQRT2 * scale);
          norms[place] = whole * scale * scale;
          const error = Math.sqrt(residual) * scale + PRODUCT_SLACK * Math.sqrt(norm) + tailError;
          errors[place] = error * (1 + 1e-6);
          tileFacts[0] = Math.max(tileFacts[0], errors[place]);
          tileFacts[1] = Math.max(tileFacts[1], norm, norms[place]);
          tileFacts[2] = Math.max(tileFacts[2], tail + tailError);
        }
        tileFacts.forEach((fact, k) => {
          facts[tile * 4 + k] = fact * (1 + 1e-6);
        });
      }
    }
    return null;
  },
);

/** Relative error of ‖x̂‖² as float32, and of ‖V·x̂‖² from products of the kernel. */
const SQUARE_SLACK = 2 ** -20;
