import { assignmentCost } from "../../analysis/assignment/assignmentCost.js";
import type { SoughtVector } from "../../analysis/assignment/assignVectors.js";
import type { App } from "../../app.js";
import { type InputIssue, InvalidInputError, quotedValue } from "../errors.js";
import { formatGlobalId, parseIdOf } from "../globalId.js";
import type { Loaders } from "../loaders/loaders.js";
import { present } from "../loaders/nodeLoader.js";
import { mostIssues } from "../recording/runInput.js";
import { readVector, type VectorInput } from "../recording/vectorInput.js";
import { deletedMeanwhile, invalidArgument, RequestError } from "../requestError.js";
import type { AssignmentRow, ClusteringResultRow } from "../rows.js";
import { otherClusters, treeAndClusters } from "./treeAndClusters.js";

/** Where an embedding or a vector belongs in a clustering. Ids are bare UUIDs. */
export interface PredictedAssignment {
  embeddingId: string | null;
  clusterId: string | null;
  probability: number;
  nearestId: string;
  distance: number;
}

/** The arguments of `assign`: exactly one of them. */
interface Asked {
  embeddingIds?: readonly string[] | null;
  vectors?: readonly VectorInput[] | null;
}

/** The most embeddings or vectors of one request. */
export const mostAssigned = 1000;

type Given =
  | { name: "embeddingIds"; items: readonly string[] }
  | { name: "vectors"; items: readonly VectorInput[] };

/**
 * Where embeddings or vectors belong in a clustering, in their order: those that took part where they are, all others
 * where the spanning tree puts them.
 * @throws RequestError INVALID_INPUT, CLUSTERING_IN_PROGRESS, and as `treeOfResult`
 */
export async function assignToResult(
  app: Pick<App, "analyses">,
  row: ClusteringResultRow,
  asked: Asked,
  loaders: Loaders,
): Promise<PredictedAssignment[]> {
  const given = requireOne(asked);
  requireClusters(row);
  const issues = new Issues();
  const sought = await (given.name === "embeddingIds"
    ? soughtEmbeddings(row, given.items, loaders, issues)
    : soughtVectors(row, given.items, loaders, issues));
  issues.throwIfAny();

  const own = (id: string, { clusterId, probability }: AssignmentRow): PredictedAssignment => ({
    ...{ embeddingId: id, clusterId, probability, nearestId: id, distance: 0 },
  });
  const others = sought.filter((one) => !("assignment" in one)) as SoughtVector[];
  const found = others.length > 0 ? await assigned(app, row, others, loaders) : [];
  let next = 0;
  return sought.map((one): PredictedAssignment => {
    if ("assignment" in one) return own(one.id, one.assignment);
    return { ...found[next++], embeddingId: "id" in one ? one.id : null };
  });
}

/** @throws RequestError INVALID_INPUT */
function requireOne({ embeddingIds, vectors }: Asked): Given {
  if (embeddingIds != null && vectors != null) {
    throw invalidArgument(["vectors"], "must be absent where embeddingIds are given.", vectors);
  }
  const given: Given | null =
    embeddingIds != null
      ? { name: "embeddingIds", items: embeddingIds }
      : vectors != null
        ? { name: "vectors", items: vectors }
        : null;
  if (given === null) {
    throw invalidArgument(["embeddingIds"], "must be given where vectors are absent.", null);
  }
  const { length } = given.items;
  if (length === 0) throw invalidArgument([given.name], "must have at least one item.", []);
  if (length > mostAssigned) {
    throw invalidArgument([given.name], `must have at most ${mostAssigned} items.`, length);
  }
  return given;
}

/** @throws RequestError unless the clustering has succeeded */
function requireClusters({ id, status }: ClusteringResultRow): void {
  if (status === "SUCCEEDED") return;
  const name = formatGlobalId("ClusteringResult", id);
  const isOver = status === "FAILED" || status === "CANCELLED";
  throw new RequestError({
    code: isOver ? "TREE_MISSING" : "CLUSTERING_IN_PROGRESS",
    message: `${name} has the status ${status}: it has no clusters${isOver ? "" : " yet"}.`,
  });
}

class Issues {
  readonly #issues: InputIssue[] = [];

  add(path: string[], message: string, value: unknown): void {
    if (this.#issues.length < mostIssues) this.#issues.push({ path, message, value: quotedValue(value) });
  }

  /** @throws RequestError INVALID_INPUT */
  throwIfAny(): void {
    if (this.#issues.length > 0) throw new RequestError(new InvalidInputError(this.#issues));
  }
}

/** An embedding that took part, with its assignment, or one that did not. */
type SoughtEmbedding = { id: string; assignment: AssignmentRow } | { id: string };

async function soughtEmbeddings(
  row: ClusteringResultRow,
  embeddingIds: readonly string[],
  loaders: Loaders,
  issues: Issues,
): Promise<SoughtEmbedding[]> {
  const at = (index: number) => ["embeddingIds", String(index)];
  const ids = embeddingIds.map((text, index) => {
    const parsed = parseIdOf("Embedding", text);
    if ("uuid" in parsed) return parsed.uuid;
    issues.add(at(index), parsed.problem, text);
    return "";
  });
  issues.throwIfAny();
  const [embeddings, assignments] = await Promise.all([
    Promise.all(ids.map((id) => loaders.embedding.load(id))),
    Promise.all(ids.map((id) => loaders.assignmentIn(row.id).load(id))),
  ]);
  for (const [index, embedding] of embeddings.entries()) {
    const given = embeddingIds[index];
    if (embedding === null) {
      issues.add(at(index), "must be the id of an embedding that exists.", given);
    } else if (embedding.embeddingModelId !== row.embeddingModelId) {
      const [model, other] = await Promise.all(
        [row, embedding].map(({ embeddingModelId }) => present(loaders.embeddingModel, embeddingModelId)),
      );
      const names = [model, other].map(({ name }) => JSON.stringify(name));
      const message = `must be an embedding of the embedding model ${names[0]}, as those of the result, and is one of ${names[1]}.`;
      issues.add(at(index), message, given);
    } else if (row.reduction !== null && assignments[index] === null) {
      issues.add(at(index), `must have taken part: ${reducedVectors}.`, given);
    }
  }
  return ids.map((id, index) => {
    const assignment = assignments[index];
    return assignment === null ? { id } : { id, assignment };
  });
}

const reducedVectors =
  "the result has a reduction, and what has not been reduced with its vectors cannot be compared with them";

async function soughtVectors(
  row: ClusteringResultRow,
  vectors: readonly VectorInput[],
  loaders: Loaders,
  issues: Issues,
): Promise<{ vector: Float32Array }[]> {
  if (row.reduction !== null) {
    throw invalidArgument(["vectors"], `must be absent: ${reducedVectors}.`, vectors);
  }
  const { name, dimensions } = await present(loaders.embeddingModel, row.embeddingModelId);
  return vectors.map((input, index) => {
    const path = ["vectors", String(index)];
    let isFaulty = false;
    const vector = readVector(input, path, (at, message, value) => {
      isFaulty = true;
      issues.add(at, message, value);
    });
    if (!isFaulty && vector.length !== dimensions) {
      const message = `must have ${dimensions} components, as those of the embedding model ${JSON.stringify(name)}, and has ${vector.length}.`;
      issues.add(path, message, input);
    }
    return { vector };
  });
}

/** Where vectors belong that took no part. */
async function assigned(
  app: Pick<App, "analyses">,
  row: ClusteringResultRow,
  sought: SoughtVector[],
  { reader, embeddingModel }: Loaders,
): Promise<Omit<PredictedAssignment, "embeddingId">[]> {
  const { id, metric, normalize, minSamples, alpha } = row;
  const { dimensions } = await present(embeddingModel, row.embeddingModelId);
  const { tree, own, medoids, clusterIds } = await treeAndClusters(app, row, reader);
  const { points } = tree;
  const isLoaded = app.analyses.hasVectors(id);
  await reader.rowsRead?.beginWork(assignmentCost(points, dimensions, sought.length, isLoaded));
  const outcome = await app.analyses.assign(
    {
      ...{ clusteringResultId: id, points, dimensions, metric, normalize, minSamples, alpha },
      ...{ tree, own, medoids, sought },
    },
    { signal: reader.signal },
  );
  if (outcome === "deleted") throw deletedMeanwhile();
  if (outcome === "other clusters") throw otherClusters(row);
  return sought.map((_, at) => ({
    clusterId: outcome.labels[at] < 0 ? null : clusterIds[outcome.labels[at]],
    probability: outcome.probabilities[at],
    nearestId: outcome.nearest[at],
    distance: outcome.distances[at],
  }));
}
