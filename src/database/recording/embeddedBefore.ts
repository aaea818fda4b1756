/** Invocations that were given without embeddings, and of which embeddings had been stored before. */
export interface EmbeddedBefore {
  invocationCount: number;
  /** Numbers of these embeddings, by the name of their model. */
  embeddingCountByModel: Map<string, number>;
}

export function noneEmbedded(): EmbeddedBefore {
  return { invocationCount: 0, embeddingCountByModel: new Map() };
}

/** Counts one more invocation. @param models the names of the models of its embeddings */
export function addEmbedded(embedded: EmbeddedBefore, models: string[]): void {
  if (models.length === 0) return;
  embedded.invocationCount++;
  const { embeddingCountByModel: counts } = embedded;
  for (const model of models) counts.set(model, (counts.get(model) ?? 0) + 1);
}
