/**
 * Makes `data/` again, the same bytes each time: `npm install && node generate.js`.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { embeddingModel, embedTexts } from "./embedTexts.js";
import { experiment } from "./experiment.js";
import { runInput } from "./runInput.js";

const data = new URL("./data/", import.meta.url);
mkdirSync(data, { recursive: true });

const runs = experiment.map(runInput);
const invocations = runs.flatMap((run) => run.invocations);
const texts = invocations.flatMap(({ outputText }) => outputText ?? []);
const distinctTexts = [...new Set(texts)];
console.log(`${runs.length} runs, ${texts.length} texts, ${distinctTexts.length} of them distinct`);

const vectors = await embedTexts(distinctTexts, (done) => {
  if (done % 100 === 0 || done === distinctTexts.length) console.log(`${done} embedded`);
});
const lines = runs.map((run) => `${JSON.stringify(run)}\n`).join("");

writeFileSync(new URL("runs.jsonl.gz", data), gzipSync(lines, { level: 9 }));
writeFileSync(new URL("vectors.f16", data), vectors);
const manifest = {
  embeddingModel,
  counts: {
    runs: runs.length,
    invocations: invocations.length,
    images: invocations.length - texts.length,
    texts: texts.length,
    embeddings: texts.length,
    distinctTexts: distinctTexts.length,
  },
  files: {
    runs: { path: "runs.jsonl.gz", sha256OfContent: sha256(lines) },
    vectors: { path: "vectors.f16", rows: distinctTexts.length, sha256: sha256(vectors) },
  },
};
writeFileSync(new URL("manifest.json", data), `${JSON.stringify(manifest, null, 2)}\n`);

/** @param {string | Buffer} bytes */
function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
