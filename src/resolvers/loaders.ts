import DataLoader from "dataloader";
import type { Database } from "../database/database.js";
import { ConnectionLoader } from "./connectionLoader.js";
import { sqlReader } from "./keyset.js";
import { nodeLoader } from "./nodeLoader.js";
import {
  type AssignmentRow,
  assignmentColumns,
  clusterColumns,
  clusteringResultColumns,
  type EmbeddingRow,
  embeddingColumns,
  embeddingModelColumns,
  invocationColumns,
  runColumns,
} from "./nodeRows.js";
import { topTextsLoader } from "./topTextsLoader.js";

export type Loaders = ReturnType<typeof createLoaders>;

/**
 * The loaders of one operation. Each turns what a level of the query asks for into one statement, whatever the
 * number of parents, and remembers rows until the operation is done.
 */
export function createLoaders({ prisma }: Database) {
  const reader = sqlReader(prisma);
  const embedding = nodeLoader((ids) =>
    prisma.embedding.findMany({ where: { id: { in: ids } }, select: embeddingColumns }),
  );
  return {
    reader,
    run: nodeLoader((ids) => prisma.run.findMany({ where: { id: { in: ids } }, select: runColumns })),
    invocation: nodeLoader((ids) =>
      prisma.invocation.findMany({ where: { id: { in: ids } }, select: invocationColumns }),
    ),
    embeddingModel: nodeLoader((ids) =>
      prisma.embeddingModel.findMany({ where: { id: { in: ids } }, select: embeddingModelColumns }),
    ),
    embedding,
    clusteringResult: nodeLoader((ids) =>
      prisma.clusteringResult.findMany({ where: { id: { in: ids } }, select: clusteringResultColumns }),
    ),
    cluster: nodeLoader((ids) =>
      prisma.cluster.findMany({ where: { id: { in: ids } }, select: clusterColumns }),
    ),
    /** By embedding: raw little-endian float32. */
    vector: nodeLoader((ids) =>
      prisma.embedding.findMany({ where: { id: { in: ids } }, select: { id: true, vector: true } }),
    ),
    /** By invocation: all its embeddings, in the order of their models' names. */
    embeddingsOfInvocation: new DataLoader<string, EmbeddingRow[]>(async (ids) => {
      const rows = await prisma.embedding.findMany({
        where: { invocationId: { in: [...ids] } },
        select: embeddingColumns,
        orderBy: { embeddingModel: { name: "asc" } },
      });
      for (const row of rows) embedding.prime(row.id, row);
      const found = new Map<string, EmbeddingRow[]>(ids.map((id) => [id, []]));
      for (const row of rows) found.get(row.invocationId)!.push(row);
      return ids.map((id) => found.get(id)!);
    }),
    /** By the result's id: what it said of an embedding. */
    assignmentIn: perArgument(
      (clusteringResultId: string) =>
        new DataLoader<string, AssignmentRow | null>(async (ids) => {
          const rows = await prisma.clusterAssignment.findMany({
            where: { clusteringResultId, embeddingId: { in: [...ids] } },
            select: assignmentColumns,
          });
          const found = new Map(rows.map((row) => [row.embeddingId, row]));
          return ids.map((id) => found.get(id) ?? null);
        }),
    ),
    embeddingModelNamed: new DataLoader<string, { id: string } | null>(async (names) => {
      const rows = await prisma.embeddingModel.findMany({
        where: { name: { in: [...names] } },
        select: embeddingModelColumns,
      });
      const found = new Map(rows.map((row) => [row.name, row]));
      return names.map((name) => found.get(name) ?? null);
    }),
    /** By the limit: the texts of a cluster. */
    topTexts: perArgument((limit: number) => topTextsLoader(reader, limit)),
    connection: new ConnectionLoader(reader),
  };
}

/** One loader for each value of a field's argument: parents that share it share a statement. */
function perArgument<Argument, Loader>(
  create: (argument: Argument) => Loader,
): (argument: Argument) => Loader {
  const loaders = new Map<Argument, Loader>();
  return (argument) => {
    let loader = loaders.get(argument);
    if (!loader) {
      loader = create(argument);
      loaders.set(argument, loader);
    }
    return loader;
  };
}
