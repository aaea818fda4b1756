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
import type { EmbeddingSelection } from "../../database/bulkStore.js";
import { isWholeModel } from "../../database/embeddings/embeddingSelection.js";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import { Prisma } from "../../database/generated/sqlite/client.js";
import { unstorable } from "../../database/recording/unstorable.js";
import { clusteringJob, clusteringKind } from "../../jobs/clustering/clusteringRow.js";
import {
  IdempotencyConflictError,
  type InputIssue,
  InvalidInputError,
  NotEnoughEmbeddingsError,
  quotedValue,
  ResourceLimitError,
} from "../errors.js";
import { refuseUnstorable } from "../storableText.js";
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

/** Maximum length in Unicode code points. */
export const longestIdempotencyKey = 255;

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
  const { prisma, bulk } = app.database;
  const issues: InputIssue[] = [];
  const filter = parseEmbeddingFilter(input.filter, ["input", "filter"], issues);
  const requested = checkedParameters(input, issues);
  const { idempotencyKey = null } = input;
  if (
    idempotencyKey !== null &&
    (idempotencyKey === "" || [...idempotencyKey].length > longestIdempotencyKey)
  ) {
    issues.push({
      path: ["input", "idempotencyKey"],
      message: `must have 1 to ${longestIdempotencyKey} characters.`,
      value: quotedValue(idempotencyKey),
    });
  }
  refuseUnstorable(idempotencyKey, ["input", "idempotencyKey"], issues);
  const model =
    unstorable(input.embeddingModel) === null
      ? await prisma.embeddingModel.findUnique({ where: { name: input.embeddingModel } })
      : null;
  if (!model) issues.push(await unknownModel(app, input.embeddingModel));
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
  const earlier = () => resultOfKey(app, caller, idempotencyKey, requestDigest);
  const existing = await earlier();
  if (existing) return existing;

  const selection = { ...filter, embeddingModelId: model.id };
  // A model stores its number of embeddings; counting all of them would read as many invocations.
  const available = isWholeModel(selection)
    ? model.embeddingCount
    : await bulk.countEmbeddings(selection, { signal });
  const minClusterSize = input.minClusterSize ?? defaultMinClusterSize(available);
  const minSamples = input.minSamples ?? minClusterSize;
  const what = input.filter
    ? `embedding model ${quotedValue(model.name)} and filter ${quotedValue(input.filter)}`
    : `embedding model ${quotedValue(model.name)}`;
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
  if (!reportFaults(parameters, issues, model.dimensions)) return new InvalidInputError(issues);
  const tooLarge = await aboveLimits(
    app,
    selection,
    { rows: available, dimensions: model.dimensions },
    parameters,
    signal,
  );
  if (tooLarge) return tooLarge;

  const id = uuid();
  const job = clusteringJob(id);
  try {
    const createdAt = new Date();
    const clustering = {
      ...requested,
      id,
      embeddingModelId: model.id,
      minClusterSize,
      minSamples,
      reduction: reduction && JSON.stringify(reduction),
      filter: JSON.stringify(filter),
      engineVersion: app.engine.version,
      createdAt,
    };
    const request = { createdAt, requestedBy: caller, idempotencyKey, requestDigest };
    const create = () =>
      prisma.$transaction([
        prisma.job.create({ data: { ...job, ...request } }),
        prisma.clusteringResult.create({ data: clustering }),
      ]);
    await retryWhenBusy(create, signal);
  } catch (error) {
    const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : null;
    // Another request with the same key was faster: this one returns that request's result.
    const winner = code === "P2002" ? await earlier() : null;
    if (winner) return winner;
    // The model's embeddings were deleted meanwhile, and then the model.
    if (code === "P2003") return new InvalidInputError([await unknownModel(app, model.name)]);
    throw error;
  }
  app.queue.added(job);
  return { id };
}

/**
 * The parameters that do not depend on the number of embeddings, with their defaults; null if one is invalid.
 */
function checkedParameters(input: ClusterEmbeddingsInput, issues: InputIssue[]) {
  const given: HdbscanParameterOptions = { normalize: true };
  for (const [name, value] of Object.entries(pickParameters(input))) {
    if (value !== null && value !== undefined) Object.assign(given, { [name]: value });
  }
  if (!reportFaults(given, issues)) return null;
  // Those two are resolved by the caller, once the number of embeddings is known.
  const { minClusterSize: _, minSamples: __, ...others } = resolveParameters(given);
  return others;
}

/** @returns whether the parameters are within their ranges and consistent with each other */
function reportFaults(
  parameters: HdbscanParameterOptions,
  issues: InputIssue[],
  dimensions?: number,
): boolean {
  const faults = parameterFaults(parameters, dimensions);
  for (const { field, message, value } of faults) {
    // The path already names the field.
    const expected = `${message.replace(`${field} `, "")}.`;
    issues.push({ path: ["input", ...field.split(".")], message: expected, value: quotedValue(value) });
  }
  return faults.length === 0;
}

/**
 * The error if the clustering is estimated to take more time or memory than this server allows; null if it
 * fits.
 */
async function aboveLimits(
  { engine, settings, database }: App,
  selection: EmbeddingSelection,
  { rows, dimensions }: { rows: number; dimensions: number },
  parameters: HdbscanParameters,
  signal?: AbortSignal,
): Promise<ResourceLimitError | null> {
  const needed = (algorithm: HdbscanParameters["algorithm"], distinct: number) => {
    const requested = { ...parameters, algorithm };
    const estimate = engine.estimate(rows, dimensions, requested, settings.clusteringThreads, distinct);
    const input = rows * dimensions * Float32Array.BYTES_PER_ELEMENT;
    return { seconds: estimate.seconds, bytes: input + estimate.bytes };
  };
  const fits = ({ seconds, bytes }: ReturnType<typeof needed>) =>
    seconds <= settings.clusteringSecondsLimit && bytes <= settings.clusteringBytesLimit;
  if (fits(needed(parameters.algorithm, rows))) return null;

  // Copies of a vector cost almost nothing, so that distinct texts count. They are counted only at this
  // point, because that reads all texts. Others may have been recorded since the rows were counted, hence the
  // minimum.
  const distinct = Math.min(rows, await database.bulk.countDistinctTexts(selection, { signal }));
  const estimate = needed(parameters.algorithm, distinct);
  if (fits(estimate)) return null;
  const approximate = "APPROXIMATE_HDBSCAN";
  const isExact = parameters.algorithm !== approximate;
  const suggestion = isExact && fits(needed(approximate, distinct)) ? approximate : null;
  const message =
    `${rows} embeddings of ${dimensions} dimensions would take about ${Math.ceil(estimate.seconds)} s and ` +
    `${Math.ceil(estimate.bytes / 1e6)} MB; this server allows ${settings.clusteringSecondsLimit} s and ` +
    `${Math.floor(settings.clusteringBytesLimit / 1e6)} MB.` +
    (suggestion ? ` ${suggestion} would fit.` : " A filter or everyNth makes it smaller.");
  return new ResourceLimitError(message, estimate.seconds, estimate.bytes, suggestion);
}

async function unknownModel(app: App, name: string): Promise<InputIssue> {
  const known = await app.database.prisma.embeddingModel.findMany({
    select: { name: true },
    orderBy: { name: "asc" },
  });
  const names = known.map((model) => JSON.stringify(model.name)).join(", ");
  return {
    path: ["input", "embeddingModel"],
    message:
      known.length > 0
        ? `is unknown; the known models are ${names}.`
        : "is unknown; no embeddings have been recorded yet.",
    value: quotedValue(name),
  };
}

async function resultOfKey(
  app: App,
  requestedBy: string,
  idempotencyKey: string | null,
  requestDigest: string,
): Promise<{ id: string } | IdempotencyConflictError | null> {
  if (idempotencyKey === null) return null;
  const key = { kind: clusteringKind, requestedBy, idempotencyKey };
  const existing = await app.database.prisma.job.findUnique({
    where: { kind_requestedBy_idempotencyKey: key },
    select: { subjectId: true, requestDigest: true },
  });
  if (!existing) return null;
  const { subjectId: id } = existing;
  return existing.requestDigest === requestDigest ? { id } : new IdempotencyConflictError(idempotencyKey, id);
}
