import type { App } from "../../app.js";
import type { EmbeddingModel } from "../../database/generated/sqlite/client.js";
import { unstorable } from "../../database/recording/unstorable.js";
import { type InputIssue, quotedValue } from "../errors.js";

/** @param issues receives the error if no model has the name */
export async function requestedModel(
  app: Pick<App, "database">,
  name: string,
  issues: InputIssue[],
): Promise<EmbeddingModel | null> {
  const model =
    unstorable(name) === null
      ? await app.database.prisma.embeddingModel.findUnique({ where: { name } })
      : null;
  if (!model) issues.push(await unknownModel(app, name));
  return model;
}

export async function unknownModel(app: Pick<App, "database">, name: string): Promise<InputIssue> {
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
