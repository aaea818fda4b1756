import { beyondFloat32, mostComponents } from "../../database/recording/runRecord.js";
import { decodeBase64 } from "./decodeBase64.js";

/** Exactly one of the two fields must be given. */
export interface VectorInput {
  floats?: readonly number[] | null;
  /** Raw little-endian float32. */
  base64?: string | null;
}

/**
 * Reads a vector of 1 to `mostComponents` finite numbers, not all zero.
 * @param input a VectorInput, unless a caller gives something else
 * @param path of the input
 * @param issue called with each fault: the path, a message, and the value
 * @returns what could be read; it is of no use after a fault
 */
export function readVector(
  input: { floats?: unknown; base64?: unknown },
  path: string[],
  issue: (path: string[], message: string, value: unknown) => void,
): Float32Array {
  const { floats, base64 } = input;
  const isBase64 = base64 != null;
  if ((floats != null) === isBase64) {
    issue(path, "must have either floats or base64.", input);
    return new Float32Array();
  }
  let vector: Float32Array;
  if (isBase64) {
    const bytes = decodeBase64(base64);
    if (!bytes || bytes.length % 4 !== 0) {
      const problem = bytes
        ? `holds ${bytes.length} bytes, and must hold whole float32s.`
        : "must be base64.";
      issue([...path, "base64"], problem, base64);
      return new Float32Array();
    }
    // Copied, because small buffers share their memory, and a Float32Array needs an aligned start.
    vector = new Float32Array(new Uint8Array(bytes).buffer);
  } else {
    if (!Array.isArray(floats) || floats.some((number) => typeof number !== "number")) {
      issue([...path, "floats"], "must be a list of numbers.", floats);
      return new Float32Array();
    }
    vector = Float32Array.from(floats);
  }
  if (vector.length === 0) issue(path, "must have at least 1 number.", input);
  else if (vector.length > mostComponents) {
    issue(path, `must have at most ${mostComponents} numbers, and has ${vector.length}.`, undefined);
  } else if (!vector.every(Number.isFinite)) {
    const index = vector.findIndex((number) => !Number.isFinite(number));
    if (!isBase64 && !Number.isNaN(vector[index])) {
      issue([...path, "floats", String(index)], `is ${beyondFloat32}.`, (floats as number[])[index]);
    } else {
      const found = Number.isNaN(vector[index]) ? "NaN" : "infinity";
      issue(path, `must hold finite numbers, and holds ${found} at index ${index}.`, input);
    }
  } else if (vector.every((number) => number === 0)) {
    issue(path, "must not be all zeros: it has no direction.", input);
  }
  return vector;
}
