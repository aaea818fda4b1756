import type { App } from "../../app.js";
import {
  type Estimate,
  type HdbscanParameterOptions,
  type HdbscanParameters,
  parameterFaults,
  pickParameters,
  resolveParameters,
} from "../../clustering/index.js";
import type { EmbeddingModel } from "../../database/generated/sqlite/client.js";
import {
  type InputIssue,
  InvalidInputError,
  NotEnoughEmbeddingsError,
  type ResourceLimitError,
} from "../errors.js";
import { availableEmbeddings, selectedBy } from "../requests/availableEmbeddings.js";
import { reportFaults } from "../requests/reportFaults.js";
import { requestedModel } from "../requests/requestedModel.js";
import { checkLimits } from "../requests/resourceLimits.js";
import { type EmbeddingFilter, parseEmbeddingFilter } from "./embeddingFilter.js";

/** What ClusterEmbeddingsInput of the API says of the clustering. A parameter that is absent or null has its default. */
export type ClusteringInput = {
  [Name in keyof HdbscanParameterOptions]?: HdbscanParameterOptions[Name] | null;
} & {
  embeddingModel: string;
  filter?: EmbeddingFilter | null;
};

/** The default of minClusterSize for n embeddings. */
export function defaultMinClusterSize(n: number): number {
  return Math.max(5, Math.floor(n / 1000));
}

/** An input that is valid as far as can be known without counting embeddings. */
export interface CheckedClustering {
  input: ClusteringInput;
  model: EmbeddingModel;
  filter: ReturnType<typeof parseEmbeddingFilter>;
  /** The parameters that do not depend on the number of embeddings, with their defaults. */
  requested: Omit<HdbscanParameters, "minClusterSize" | "minSamples">;
}

/**
 * Checks everything that can be checked without counting embeddings.
 * @param issues receives what is wrong
 * @returns null if anything is
 */
export async function checkClustering(
  app: Pick<App, "database">,
  input: ClusteringInput,
  issues: InputIssue[],
): Promise<CheckedClustering | null> {
  const filter = parseEmbeddingFilter(input.filter, ["input", "filter"], issues);
  const requested = checkedParameters(input, issues);
  const model = await requestedModel(app, input.embeddingModel, issues);
  return model && requested && issues.length === 0 ? { input, model, filter, requested } : null;
}

/** What a clustering would cluster, with what parameters, and what it would take. */
export type PlannedClustering = Planned | Impossible;

interface Planned {
  /** The number of embeddings that match the filter. */
  available: number;
  parameters: HdbscanParameters;
  /** What the clustering is estimated to take. */
  needed: Estimate;
  /** The limit that it would exceed. */
  error: ResourceLimitError | null;
}

/** Too few embeddings match, or a parameter does not suit their number or dimensions. */
interface Impossible {
  available: number;
  parameters: null;
  needed: null;
  error: InvalidInputError | NotEnoughEmbeddingsError;
}

/** @param signal once it aborts, counting stops */
export async function planClustering(
  app: Pick<App, "database" | "engine" | "settings">,
  { input, model, filter, requested }: CheckedClustering,
  signal?: AbortSignal,
): Promise<PlannedClustering> {
  const selection = { ...filter, embeddingModelId: model.id };
  const available = await availableEmbeddings(app, model, selection, signal);
  const minClusterSize = input.minClusterSize ?? defaultMinClusterSize(available);
  const minSamples = input.minSamples ?? minClusterSize;
  const impossible = (error: Impossible["error"]): Impossible => ({
    available,
    parameters: null,
    needed: null,
    error,
  });
  const tooFew = (needed: number, because: string) =>
    impossible(
      new NotEnoughEmbeddingsError(available, needed, { matched: selectedBy(model, input.filter), because }),
    );
  if (available < minClusterSize) {
    return tooFew(Math.max(minClusterSize, minSamples), `minClusterSize ${minClusterSize}`);
  }
  if (available < minSamples) return tooFew(minSamples, `minSamples ${minSamples}`);

  const parameters = { ...requested, minClusterSize, minSamples };
  // Checked again, now with the sizes that depend on the number of embeddings, and with their dimensions.
  const issues: InputIssue[] = [];
  if (!reportFaults(parameterFaults(parameters, model.dimensions), issues)) {
    return impossible(new InvalidInputError(issues));
  }
  const estimateBy = (algorithm: HdbscanParameters["algorithm"]) => (distinct: number) =>
    app.engine.estimate(
      available,
      model.dimensions,
      { ...parameters, algorithm },
      app.settings.clusteringThreads,
      distinct,
    );
  const approximate = "APPROXIMATE_HDBSCAN";
  const { needed, error } = await checkLimits(
    app,
    selection,
    { rows: available, dimensions: model.dimensions },
    { estimate: estimateBy(parameters.algorithm) },
    parameters.algorithm === approximate ? null : { name: approximate, estimate: estimateBy(approximate) },
    signal,
  );
  return { available, parameters, needed, error };
}

/**
 * The parameters that do not depend on the number of embeddings, with their defaults; null if one is invalid.
 */
function checkedParameters(input: ClusteringInput, issues: InputIssue[]) {
  const given: HdbscanParameterOptions = { normalize: true };
  for (const [name, value] of Object.entries(pickParameters(input))) {
    if (value !== null && value !== undefined) Object.assign(given, { [name]: value });
  }
  if (!reportFaults(parameterFaults(given), issues)) return null;
  // Those two are resolved by planClustering, which knows the number of embeddings.
  const { minClusterSize: _, minSamples: __, ...others } = resolveParameters(given);
  return others;
}
