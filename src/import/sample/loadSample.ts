import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { App } from "../../app.js";
import type { BulkOptions } from "../../database/bulkStore.js";
import type { RecordedCounts } from "../../database/recording/runRecord.js";
import { InvalidInputError } from "../../resolvers/errors.js";
import { recordTrajectories } from "../../resolvers/recording/recordTrajectories.js";
import type { RunInput } from "../../resolvers/recording/runInput.js";
import { widenFloat16 } from "../float16.js";

export interface SampleReport {
  /** The name of the sample's embedding model. */
  embeddingModel: string;
  /** Counts of the rows that were new. */
  taken: RecordedCounts;
  /** Counts of the rows that had been recorded before and are identical. */
  alreadyThere: RecordedCounts;
}

/** Different data is recorded under the sample's ids. */
export class SampleConflictError extends Error {
  override readonly name = "SampleConflictError";
  constructor({ message }: InvalidInputError) {
    super(`The sample cannot be recorded: ${message}`);
  }
}

interface Manifest {
  embeddingModel: { name: string; dimensions: number };
  counts: { runs: number; invocations: number; embeddings: number };
  files: { runs: { path: string }; vectors: { path: string } };
}

const runsPerBatch = 12;

/**
 * Records the sample that comes with Medoid: 48 runs of a small network, with embeddings of their texts (see
 * sample/README.md for the format). Loading it again adds nothing.
 *
 * @throws SampleConflictError if different data is recorded under the sample's ids; the signal's reason if it
 *   is aborted
 */
export async function loadSample(
  app: Pick<App, "database">,
  { signal, onProgress }: BulkOptions = {},
): Promise<SampleReport> {
  const { manifest, runs } = await readSample();
  const taken: RecordedCounts = { runCount: 0, invocationCount: 0, embeddingCount: 0 };
  for (let first = 0; first < runs.length; first += runsPerBatch) {
    signal?.throwIfAborted();
    const recorded = await recordTrajectories(app, { runs: runs.slice(first, first + runsPerBatch) });
    if (recorded instanceof InvalidInputError) throw new SampleConflictError(recorded);
    taken.runCount += recorded.runCount;
    taken.invocationCount += recorded.invocationCount;
    taken.embeddingCount += recorded.embeddingCount;
    onProgress?.(Math.min(1, (first + runsPerBatch) / runs.length));
  }
  const { counts, embeddingModel } = manifest;
  return {
    embeddingModel: embeddingModel.name,
    taken,
    alreadyThere: {
      runCount: counts.runs - taken.runCount,
      invocationCount: counts.invocations - taken.invocationCount,
      embeddingCount: counts.embeddings - taken.embeddingCount,
    },
  };
}

/** Reads the sample's runs, with the embedding of each text. */
async function readSample(): Promise<{ manifest: Manifest; runs: RunInput[] }> {
  const file = (path: string) => readFile(new URL(`../../../sample/data/${path}`, import.meta.url));
  const manifest = JSON.parse((await file("manifest.json")).toString()) as Manifest;
  const { name, dimensions } = manifest.embeddingModel;
  const lines = await promisify(gunzip)(await file(manifest.files.runs.path));
  const runs = lines
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunInput);
  const vectors = widenFloat16(await file(manifest.files.vectors.path));
  const rowOfText = new Map<string, number>();
  for (const run of runs) {
    for (const invocation of run.invocations) {
      const { outputText } = invocation;
      if (outputText == null) continue;
      let row = rowOfText.get(outputText);
      if (row === undefined) {
        row = rowOfText.size;
        rowOfText.set(outputText, row);
      }
      const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions);
      invocation.embeddings = [{ embeddingModel: name, vector: { base64: float32Base64(vector) } }];
    }
  }
  return { manifest, runs };
}

function float32Base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
}
