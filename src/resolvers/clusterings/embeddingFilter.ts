import type { EmbeddingSelection } from "../../database/bulkStore.js";
import { type InputIssue, quotedValue } from "../errors.js";
import { parseIdOf } from "../globalId.js";
import { refuseUnstorable } from "../storableText.js";

/** EmbeddingFilter of the API. Its run ids may have their type in front. */
export type EmbeddingFilter = Omit<EmbeddingSelection, "embeddingModelId">;

/**
 * The filter as it is stored and applied: with all fields, null for those that were not given, and bare run
 * ids.
 */
export type StoredEmbeddingFilter = {
  [field in keyof Required<EmbeddingFilter>]: EmbeddingFilter[field] | null;
};

/**
 * Validates a filter and converts it into the form in which it is stored.
 * @param path of the filter in the input
 * @param issues receives the errors that are found
 */
export function parseEmbeddingFilter(
  filter: EmbeddingFilter | null | undefined,
  path: string[],
  issues: InputIssue[],
): StoredEmbeddingFilter {
  const refuse = (field: string[], message: string, value: unknown) =>
    issues.push({ path: [...path, ...field], message, value: quotedValue(value) });

  const runIds = filter?.runIds?.map((text, i) => {
    const parsed = parseIdOf("Run", text);
    if ("uuid" in parsed) return parsed.uuid;
    refuse(["runIds", String(i)], parsed.problem, text);
    return text;
  });
  for (const field of ["networks", "initialPrompts", "models"] as const) {
    refuseUnstorable(filter?.[field], [...path, field], issues);
  }
  const { min = null, max = null } = filter?.sequenceNumber ?? {};
  if (min !== null && max !== null && min > max) {
    refuse(["sequenceNumber"], "is an empty range: min is above max.", { min, max });
  }
  const everyNth = filter?.everyNth ?? null;
  if (everyNth !== null && everyNth < 1) refuse(["everyNth"], "must be at least 1.", everyNth);
  return {
    runIds: runIds ?? null,
    networks: filter?.networks ?? null,
    initialPrompts: filter?.initialPrompts ?? null,
    models: filter?.models ?? null,
    sequenceNumber: filter?.sequenceNumber ? { min, max } : null,
    everyNth,
  };
}
