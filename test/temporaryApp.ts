import { v7 as uuid } from "uuid";
import { type App, type AppOptions, openApp } from "../src/app.js";
import { createTestDatabase } from "./testDatabase.js";

/** Medoid with a database of its own, which is deleted with it. */
export interface TemporaryApp {
  app: App;
  databaseUrl: string;
  /** Opens the same database once more, as another process would. */
  openAnother(options?: Partial<AppOptions>): Promise<App>;
  close(): Promise<void>;
}

export async function openTemporaryApp(options: Partial<AppOptions> = {}): Promise<TemporaryApp> {
  const database = await createTestDatabase();
  const databaseUrl = database.url;
  const opened: App[] = [];
  const openAnother = async (others: Partial<AppOptions> = {}) => {
    const app = await openApp({ ...options, ...others, databaseUrl });
    opened.push(app);
    return app;
  };
  return {
    app: await openAnother(),
    databaseUrl,
    openAnother,
    async close() {
      for (const app of opened) await app.close();
      await database.drop();
    },
  };
}

/**
 * Writes one run whose invocations each have an embedding in `model`: row i of `rows` is sequence number i.
 * @returns the ids of the embeddings, in the order of the rows
 */
export async function writeRun(
  { database: { prisma } }: App,
  rows: ArrayLike<number>[],
  { model = "Model", runId = uuid(), text = (i: number) => `text ${i}` } = {},
): Promise<string[]> {
  const dimensions = rows[0].length;
  const embeddingModel = await prisma.embeddingModel.upsert({
    where: { name: model },
    create: { id: uuid(), name: model, dimensions, embeddingCount: rows.length },
    update: { embeddingCount: { increment: rows.length } },
  });
  await prisma.run.create({ data: { id: runId, network: '["Painter"]', initialPrompt: "a prompt" } });
  const invocationIds = rows.map(() => uuid());
  const ids = rows.map(() => uuid());
  await prisma.invocation.createMany({
    data: invocationIds.map((id, sequenceNumber) => ({
      id,
      runId,
      sequenceNumber,
      model: "Painter",
      type: "TEXT" as const,
      inputInvocationId: sequenceNumber > 0 ? invocationIds[sequenceNumber - 1] : null,
      outputText: text(sequenceNumber),
    })),
  });
  await prisma.embedding.createMany({
    data: ids.map((id, i) => ({
      id,
      invocationId: invocationIds[i],
      embeddingModelId: embeddingModel.id,
      vector: new Uint8Array(Float32Array.from(rows[i]).buffer),
    })),
  });
  return ids;
}

/** Rows of `groups` tight groups of `size`, each around a corner of its own, all different. */
export function groupedRows(groups: number, size: number, dimensions = groups + 1): Float32Array[] {
  return Array.from({ length: groups * size }, (_, i) => {
    const row = new Float32Array(dimensions);
    row[i % groups] = 1;
    row[dimensions - 1] = 0.001 * Math.floor(i / groups);
    return row;
  });
}
