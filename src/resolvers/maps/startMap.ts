import { createHash } from "node:crypto";
import { v7 as uuid } from "uuid";
import type { App } from "../../app.js";
import {
  type LayoutParameters,
  layoutParameterFaults,
  parametersOfUmapWithPca,
  resolveLayoutParameters,
} from "../../clustering/index.js";
import { mapJob, mapKind } from "../../jobs/mapping/mapRow.js";
import { dimensions, estimateMap, type MapParameters } from "../../jobs/mapping/placeEmbeddings.js";
import { type EmbeddingFilter, parseEmbeddingFilter } from "../clusterings/embeddingFilter.js";
import {
  type IdempotencyConflictError,
  type InputIssue,
  InvalidInputError,
  NotEnoughEmbeddingsError,
  quotedValue,
  type ResourceLimitError,
} from "../errors.js";
import { availableEmbeddings, selectedBy } from "../requests/availableEmbeddings.js";
import { createWithJob } from "../requests/createWithJob.js";
import { checkIdempotencyKey, subjectOfKey } from "../requests/idempotencyKey.js";
import { reportFaults } from "../requests/reportFaults.js";
import { requestedModel } from "../requests/requestedModel.js";
import { checkLimits } from "../requests/resourceLimits.js";

/** MapEmbeddingsInput of the API. A parameter that is absent or null has its default. */
export interface MapEmbeddingsInput {
  embeddingModel: string;
  filter?: EmbeddingFilter | null;
  method?: "UMAP" | "PCA" | null;
  neighbours?: number | null;
  minDistance?: number | null;
  seed?: number | null;
  metric?: LayoutParameters["metric"] | null;
  normalize?: boolean | null;
  idempotencyKey?: string | null;
}

export type StartMapOutcome =
  | { id: string }
  | InvalidInputError
  | NotEnoughEmbeddingsError
  | ResourceLimitError
  | IdempotencyConflictError;

/**
 * Requests a map: checks everything that can be known before it is computed, and writes a QUEUED row.
 * @param caller owner of the idempotency key; "" if callers are not distinguished
 * @param signal once it aborts, counting stops and nothing is written
 * @returns the id (bare UUID) of the new map, or of the one that was requested with the same key; or an error, with
 *   nothing written
 */
export async function startMap(
  app: App,
  input: MapEmbeddingsInput,
  caller: string,
  signal?: AbortSignal,
): Promise<StartMapOutcome> {
  const issues: InputIssue[] = [];
  const filter = parseEmbeddingFilter(input.filter, ["input", "filter"], issues);
  const parameters = checkedParameters(input, issues);
  const { idempotencyKey = null } = input;
  checkIdempotencyKey(idempotencyKey, issues);
  const model = await requestedModel(app, input.embeddingModel, issues);
  if (model && model.dimensions < dimensions) {
    const message = `has vectors of ${model.dimensions} dimension, and a map needs at least ${dimensions}.`;
    issues.push({ path: ["input", "embeddingModel"], message, value: quotedValue(model.name) });
  }
  if (!model || !parameters || issues.length > 0) return new InvalidInputError(issues);

  const digested = JSON.stringify([model.name, filter, parameters]);
  const requestDigest = createHash("sha256").update(digested).digest("hex");
  const request = { kind: mapKind, requestedBy: caller, idempotencyKey, requestDigest };
  const existing = await subjectOfKey(app, request);
  if (existing) return existing;

  const selection = { ...filter, embeddingModelId: model.id };
  const available = await availableEmbeddings(app, model, selection, signal);
  if (available === 0) {
    const matched = selectedBy(model, input.filter);
    return new NotEnoughEmbeddingsError(available, 1, { matched, because: "a map" });
  }
  const estimate = (distinct: number) =>
    estimateMap(
      app.engine,
      available,
      model.dimensions,
      parameters,
      app.settings.clusteringThreads,
      distinct,
    );
  const { error } = await checkLimits(
    app,
    selection,
    { rows: available, dimensions: model.dimensions },
    { estimate },
    null,
    signal,
  );
  if (error) return error;

  const id = uuid();
  const map = {
    ...parameters,
    id,
    embeddingModelId: model.id,
    filter: JSON.stringify(filter),
    engineVersion: app.engine.version,
  };
  return createWithJob(
    app,
    mapJob(id),
    request,
    model,
    (transaction, createdAt) => transaction.embeddingMap.create({ data: { ...map, createdAt } }),
    signal,
  );
}

/** The parameters as they are stored, with their defaults; null if one is invalid. */
function checkedParameters(input: MapEmbeddingsInput, issues: InputIssue[]): MapParameters | null {
  const method = input.method ?? "UMAP";
  const isUmap = method === "UMAP";
  const given = {
    ...(isUmap && {
      neighbours: input.neighbours ?? undefined,
      minDistance: input.minDistance ?? undefined,
      seed: input.seed ?? undefined,
    }),
    metric: input.metric ?? undefined,
    normalize: input.normalize ?? true,
  };
  const unused = isUmap ? [] : parametersOfUmapWithPca(input, resolveLayoutParameters());
  if (!reportFaults([...unused, ...layoutParameterFaults(given)], issues)) return null;
  const { neighbours, minDistance, seed, metric, normalize } = resolveLayoutParameters(given);
  const ofUmap = isUmap
    ? { neighbours, minDistance, seed }
    : { neighbours: null, minDistance: null, seed: null };
  return { method, ...ofUmap, metric, normalize };
}
