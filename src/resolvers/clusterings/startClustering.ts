import { createHash } from "node:crypto";
import { v7 as uuid } from "uuid";
import type { App } from "../../app.js";
import {
  type HdbscanParameterOptions,
  type HdbscanParameters,
  parameterFaults,
  pickParameters,
  resolveParameters,
} from "../../clustering/index.js";
import { clusteringJob, clusteringKind } from "../../jobs/clustering/clusteringRow.js";
import {
  type IdempotencyConflictError,
  type InputIssue,
  InvalidInputError,
  NotEnoughEmbeddingsError,
  type ResourceLimitError,
} from "../errors.js";
import { availableEmbeddings, selectedBy } from "../requests/availableEmbeddings.js";
import { createWithJob } from "../requests/createWithJob.js";
import { checkIdempotencyKey, subjectOfKey } from "../requests/idempotencyKey.js";
import { reportFaults } from "../requests/reportFaults.js";
import { requestedModel } from "../requests/requestedModel.js";
import { aboveLimits } from "../requests/resourceLimits.js";
import { type EmbeddingFilter, parseEmbeddingFilter } from "./embeddingFilter.js";

/** ClusterEmbeddingsInput of the API. A parameter that is absent or null has its default. */
export type ClusterEmbeddingsInput = {
  [Name in keyof HdbscanParameterOptions]?: HdbscanParameterOptions[Name] | null;
} & {
  embeddingModel: string;
  filter?: EmbeddingFilter | null;
  idempotencyKey?: string | null;
};

export type StartClusteringOutcome =
  | { id: string }
  | InvalidInputError
  | NotEnoughEmbeddingsError
  | ResourceLimitError
  | IdempotencyConflictError;

/** The default of minClusterSize for n embeddings. */
export function defaultMinClusterSize(n: number): number {
  return Math.max(5, Math.floor(n / 1000));
}

/**
 * Requests a clustering: checks everything that can be known before it runs, and writes a QUEUED row.
 * @param caller owner of the idempotency key; "" if callers are not distinguished
 * @param signal once it aborts, counting stops and nothing is written
 * @returns the id (bare UUID) of the new result, or of the one that was requested with the same key; or an
 *   error, with nothing written
 */
export async function startClustering(
  app: App,
  input: ClusterEmbeddingsInput,
  caller: string,
  signal?: AbortSignal,
): Promise<StartClusteringOutcome> {
  const issues: InputIssue[] = [];
  const filter = parseEmbeddingFilter(input.filter, ["input", "filter"], issues);
  const requested = checkedParameters(input, issues);
  const { idempotencyKey = null } = input;
  checkIdempotencyKey(idempotencyKey, issues);
  const model = await requestedModel(app, input.embeddingModel, issues);
  if (!model || !requested || issues.length > 0) return new InvalidInputError(issues);

  const { reduction, ...others } = requested;
  const requestDigest = createHash("sha256")
    .update(
      JSON.stringify([
        model.name,
        filter,
        input.minClusterSize ?? null,
        input.minSamples ?? null,
        // Without a reduction the digest is that of the versions that knew none, whose keys are still in use.
        reduction === null ? others : requested,
      ]),
    )
    .digest("hex");
  const request = { kind: clusteringKind, requestedBy: caller, idempotencyKey, requestDigest };
  const existing = await subjectOfKey(app, request);
  if (existing) return existing;

  const selection = { ...filter, embeddingModelId: model.id };
  const available = await availableEmbeddings(app, model, selection, signal);
  const minClusterSize = input.minClusterSize ?? defaultMinClusterSize(available);
  const minSamples = input.minSamples ?? minClusterSize;
  const what = selectedBy(model, input.filter);
  if (available < minClusterSize) {
    const because = `minClusterSize ${minClusterSize}`;
    return new NotEnoughEmbeddingsError(available, Math.max(minClusterSize, minSamples), {
      matched: what,
      because,
    });
  }
  if (available < minSamples) {
    return new NotEnoughEmbeddingsError(available, minSamples, {
      matched: what,
      because: `minSamples ${minSamples}`,
    });
  }

  const parameters = { ...requested, minClusterSize, minSamples };
  // Checked again, now with the sizes that depend on the number of embeddings, and with their dimensions.
  if (!reportFaults(parameterFaults(parameters, model.dimensions), issues))
    return new InvalidInputError(issues);
  const estimateBy = (algorithm: HdbscanParameters["algorithm"]) => (distinct: number) =>
    app.engine.estimate(
      available,
      model.dimensions,
      { ...parameters, algorithm },
      app.settings.clusteringThreads,
      distinct,
    );
  const approximate = "APPROXIMATE_HDBSCAN";
  const tooLarge = await aboveLimits(
    app,
    selection,
    { rows: available, dimensions: model.dimensions },
    { estimate: estimateBy(parameters.algorithm) },
    parameters.algorithm === approximate ? null : { name: approximate, estimate: estimateBy(approximate) },
    signal,
  );
  if (tooLarge) return tooLarge;

  const id = uuid();
  const clustering = {
    ...requested,
    id,
    embeddingModelId: model.id,
    minClusterSize,
    minSamples,
    reduction: reduction && JSON.stringify(reduction),
    filter: JSON.stringify(filter),
    engineVersion: app.engine.version,
  };
  return createWithJob(
    app,
    clusteringJob(id),
    request,
    model,
    (prisma, createdAt) => prisma.clusteringResult.create({ data: { ...clustering, createdAt } }),
    signal,
  );
}

/**
 * The parameters that do not depend on the number of embeddings, with their defaults; null if one is invalid.
 */
function checkedParameters(input: ClusterEmbeddingsInput, issues: InputIssue[]) {
  const given: HdbscanParameterOptions = { normalize: true };
  for (const [name, value] of Object.entries(pickParameters(input))) {
    if (value !== null && value !== undefined) Object.assign(given, { [name]: value });
  }
  if (!reportFaults(parameterFaults(given), issues)) return null;
  // Those two are resolved by the caller, once the number of embeddings is known.
  const { minClusterSize: _, minSamples: __, ...others } = resolveParameters(given);
  return others;
}
