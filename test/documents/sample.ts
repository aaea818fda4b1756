import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { widenFloat16 } from "../../src/import/float16.js";

interface Invocation {
  sequenceNumber: number;
  outputText?: string;
}

/** The sample's embeddings in the order of its file: see sample/README.md. */
export interface Sample {
  dimensions: number;
  data: Float32Array;
  /** The text of each embedding. */
  texts: string[];
  steps: number[];
  /** The models of the network of each one's run, joined by arrows. */
  networks: string[];
}

interface Run {
  network: string[];
  invocations: Invocation[];
}

export function readSample(): Sample {
  const lines = gunzipSync(readFileSync("sample/data/runs.jsonl.gz")).toString().trim().split("\n");
  const written = lines
    .map((line) => JSON.parse(line) as Run)
    .flatMap(({ network, invocations }) => invocations.map((each) => ({ ...each, network })))
    .filter(({ outputText }) => outputText !== undefined);
  const texts = written.map(({ outputText }) => outputText as string);
  const rows = new Map([...new Set(texts)].map((text, row) => [text, row]));
  const vectors = widenFloat16(readFileSync("sample/data/vectors.f16"));
  const dimensions = vectors.length / rows.size;
  const data = new Float32Array(texts.length * dimensions);
  for (const [i, text] of texts.entries()) {
    const row = rows.get(text) as number;
    data.set(vectors.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions);
  }
  const steps = written.map(({ sequenceNumber }) => sequenceNumber);
  return { dimensions, data, texts, steps, networks: written.map(({ network }) => network.join(" → ")) };
}
