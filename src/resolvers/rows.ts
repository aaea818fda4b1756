import { type HdbscanParameters, parameterNames } from "../clustering/index.js";
import type { Prisma } from "../database/generated/sqlite/client.js";

// The columns that are loaded of each type: all small ones. Vectors, metadata and the bytes of images are not
// among them; the fields that need them have loaders of their own.

export const runColumns = {
  id: true,
  network: true,
  initialPrompt: true,
  seed: true,
  maxLength: true,
  createdAt: true,
} as const satisfies Prisma.RunSelect;
export type RunRow = Prisma.RunGetPayload<{ select: typeof runColumns }>;

export const invocationColumns = {
  id: true,
  runId: true,
  sequenceNumber: true,
  model: true,
  type: true,
  seed: true,
  inputInvocationId: true,
  outputText: true,
  outputImageMediaType: true,
  startedAt: true,
  completedAt: true,
  externalId: true,
} as const satisfies Prisma.InvocationSelect;
export type InvocationRow = Prisma.InvocationGetPayload<{ select: typeof invocationColumns }>;

export const embeddingModelColumns = {
  id: true,
  name: true,
  dimensions: true,
  embeddingCount: true,
} as const satisfies Prisma.EmbeddingModelSelect;
export type EmbeddingModelRow = Prisma.EmbeddingModelGetPayload<{ select: typeof embeddingModelColumns }>;

export const embeddingColumns = {
  id: true,
  invocationId: true,
  embeddingModelId: true,
} as const satisfies Prisma.EmbeddingSelect;
export type EmbeddingRow = Prisma.EmbeddingGetPayload<{ select: typeof embeddingColumns }>;

const parameterColumns = Object.fromEntries(parameterNames.map((name) => [name, true])) as {
  [Name in keyof HdbscanParameters]: true;
};

export const clusteringResultColumns = {
  id: true,
  embeddingModelId: true,
  ...parameterColumns,
  filter: true,
  status: true,
  stage: true,
  progress: true,
  attempt: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
  failureCode: true,
  failureMessage: true,
  engineVersion: true,
  inputDigest: true,
  embeddingCount: true,
  clusterCount: true,
  outlierCount: true,
  placedCount: true,
  spanningTreeId: true,
} as const satisfies Prisma.ClusteringResultSelect;
export type ClusteringResultRow = Prisma.ClusteringResultGetPayload<{
  select: typeof clusteringResultColumns;
}>;

export const clusterColumns = {
  id: true,
  clusteringResultId: true,
  label: true,
  size: true,
  persistence: true,
  medoidEmbeddingId: true,
  medoidPoint: true,
} as const satisfies Prisma.ClusterSelect;
export type ClusterRow = Prisma.ClusterGetPayload<{ select: typeof clusterColumns }>;

/** Of results and of clusters alike. */
export const annotationColumns = {
  id: true,
  name: true,
  note: true,
} as const satisfies Prisma.ClusterAnnotationSelect & Prisma.ClusteringResultAnnotationSelect;
export type AnnotationRow = Prisma.ClusterAnnotationGetPayload<{ select: typeof annotationColumns }>;

export const assignmentColumns = {
  clusteringResultId: true,
  embeddingId: true,
  clusterId: true,
  probability: true,
  outlierScore: true,
} as const satisfies Prisma.ClusterAssignmentSelect;
export type AssignmentRow = Prisma.ClusterAssignmentGetPayload<{ select: typeof assignmentColumns }>;

export const embeddingMapColumns = {
  id: true,
  embeddingModelId: true,
  method: true,
  neighbours: true,
  minDistance: true,
  seed: true,
  metric: true,
  normalize: true,
  filter: true,
  status: true,
  progress: true,
  createdAt: true,
  finishedAt: true,
  failureCode: true,
  failureMessage: true,
  engineVersion: true,
  inputDigest: true,
  embeddingCount: true,
  placedCount: true,
  trustworthiness: true,
} as const satisfies Prisma.EmbeddingMapSelect;
export type EmbeddingMapRow = Prisma.EmbeddingMapGetPayload<{ select: typeof embeddingMapColumns }>;

/** The same columns in SQL, of the table with the given alias. */
export function columnList(columns: Record<string, true>, alias: string): string {
  return Object.keys(columns)
    .map((name) => `"${alias}"."${name}"`)
    .join(", ");
}
