import { characterFault } from "../characterFault.js";
import { textOf } from "../table/rowValues.js";
import { shownValue } from "../table/tableReader.js";
import { recordableVector } from "../table/vectorValue.js";
import { isGiven } from "./chatText.js";
import { type Span, type SpanEmbedding, shownSpan } from "./span.js";

interface Embedded {
  /** Which of the embeddings of its span it is, from 0. */
  at: number;
  model: unknown;
  text: unknown;
  vector: unknown;
}

/** An embedding of a span, with the reason instead of its vector if it cannot be recorded. */
export function embeddingOf(
  { number, id }: Pick<Span, "number" | "id">,
  { at, model, text, vector }: Embedded,
): SpanEmbedding {
  const embeddingModel = textOf(model);
  const embedded = textOf(text);
  const hasModel = typeof embeddingModel === "string" && embeddingModel.trim() !== "";
  const nameFault = characterFault(embeddingModel ?? "");
  const fault = !hasModel
    ? "the name of its embedding model is missing"
    : nameFault !== null
      ? `the name of its embedding model ${nameFault}`
      : typeof embedded !== "string" || embedded === ""
        ? "the text that was embedded is missing"
        : null;
  const example = (shown: string) => shownSpan(number, id, `embedding ${at}${shown}`);
  return {
    embeddingModel: embeddingModel ?? "",
    isOwn: false,
    text: embedded ?? "",
    vector:
      fault === null
        ? usableVector(vector, (shown) => example(shown === null ? "" : `, ${shown}`))
        : { reason: fault, example: example("") },
  };
}

/**
 * A vector that can be recorded, or the reason why it cannot.
 *
 * @param example receives what is shown of the value; null if there is none
 */
export function usableVector(
  value: unknown,
  example: (shown: string | null) => string,
): SpanEmbedding["vector"] {
  const vector = recordableVector(isGiven(value) ? value : null);
  if (vector instanceof Float32Array) return vector;
  const { reason, number = shownValue(value) } = vector;
  return { reason, example: example(isGiven(value) ? number : null) };
}
