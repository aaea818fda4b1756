import type { App } from "../../app.js";
import type { EmbeddingSelection } from "../../database/bulkStore.js";
import { isWholeModel } from "../../database/embeddings/embeddingSelection.js";
import type { EmbeddingModel } from "../../database/generated/sqlite/client.js";
import type { EmbeddingFilter } from "../clusterings/embeddingFilter.js";
import { quotedValue } from "../errors.js";

/** The number of embeddings of a selection. @param signal once it aborts, counting stops */
export function availableEmbeddings(
  { database }: Pick<App, "database">,
  model: EmbeddingModel,
  selection: EmbeddingSelection,
  signal?: AbortSignal,
): number | Promise<number> {
  // A model stores its number of embeddings; counting all of them would read as many invocations.
  return isWholeModel(selection)
    ? model.embeddingCount
    : database.bulk.countEmbeddings(selection, { signal });
}

/** How a message says which embeddings are selected. */
export function selectedBy({ name }: EmbeddingModel, filter: EmbeddingFilter | null | undefined): string {
  const model = `embedding model ${quotedValue(name)}`;
  return filter ? `${model} and filter ${quotedValue(filter)}` : model;
}
