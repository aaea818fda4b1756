import { createHash } from "node:crypto";
import { v7 as uuid } from "uuid";
import type { App } from "../../app.js";
import { clusteringJob, clusteringKind } from "../../jobs/clustering/clusteringRow.js";
import {
  type IdempotencyConflictError,
  type InputIssue,
  InvalidInputError,
  type NotEnoughEmbeddingsError,
  type ResourceLimitError,
} from "../errors.js";
import { createWithJob } from "../requests/createWithJob.js";
import { checkIdempotencyKey, subjectOfKey } from "../requests/idempotencyKey.js";
import { type ClusteringInput, checkClustering, planClustering } from "./plannedClustering.js";

/** ClusterEmbeddingsInput of the API. */
export type ClusterEmbeddingsInput = ClusteringInput & { idempotencyKey?: string | null };

export type StartClusteringOutcome =
  | { id: string }
  | InvalidInputError
  | NotEnoughEmbeddingsError
  | ResourceLimitError
  | IdempotencyConflictError;

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
  const { idempotencyKey = null } = input;
  const checked = await checkClustering(app, input, issues);
  checkIdempotencyKey(idempotencyKey, issues);
  if (!checked || issues.length > 0) return new InvalidInputError(issues);

  const { model, filter, requested } = checked;
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

  const planned = await planClustering(app, checked, signal);
  if (planned.parameters === null) return planned.error;
  if (planned.error) return planned.error;
  const { parameters } = planned;
  const id = uuid();
  const clustering = {
    ...parameters,
    id,
    embeddingModelId: model.id,
    reduction: reduction && JSON.stringify(reduction),
    filter: JSON.stringify(filter),
    engineVersion: app.engine.version,
  };
  return createWithJob(
    app,
    clusteringJob(id),
    request,
    model,
    (transaction, createdAt) => transaction.clusteringResult.create({ data: { ...clustering, createdAt } }),
    signal,
  );
}
