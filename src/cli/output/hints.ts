import type { App } from "../../app.js";
import { unknownVariables } from "../../settings.js";
import type { Api } from "../api/api.js";
import { type Cli, loadHint } from "../cli.js";
import { ArgumentError, CommandError } from "../process.js";
import { printable } from "./printable.js";

const stateQuery = /* GraphQL */ `
  query State { embeddingModels { name embeddingCount } runs(first: 1) { edges { cursor } } latestClusteringResult { id } }
`;

interface StateData {
  embeddingModels: { name: string; embeddingCount: number }[];
  runs: { edges: unknown[] };
  latestClusteringResult: unknown;
}

/**
 * Suggests the next command for a database in this state; undefined if a clustering has succeeded already.
 */
export async function nextStep(api: Api, cli: Pick<Cli, "command">): Promise<string | undefined> {
  const { embeddingModels, runs, latestClusteringResult } = await api.execute<StateData>(stateQuery);
  const models = embeddingModels.filter(({ embeddingCount }) => embeddingCount > 0);
  if (models.length === 0) {
    return runs.edges.length === 0
      ? `Nothing has been recorded yet. ${loadHint(cli)}`
      : "What is recorded has no embeddings yet, so there is nothing to cluster. Import it again with its embeddings: those of a table are named by --vector COLUMN or --vectors FILE.";
  }
  if (!latestClusteringResult) {
    const [{ name }, ...others] = models;
    const ofModel = others.length > 0 ? ["--embedding-model", name] : [];
    return `Nothing has been clustered yet. Start with \`${cli.command("cluster", ...ofModel)}\`.`;
  }
  return undefined;
}

const importedQuery = /* GraphQL */ `
  query ImportedModel($model: String!) {
    embeddingModels { name embeddingCount }
    latestClusteringResult { id }
    ofModel: latestClusteringResult(embeddingModel: $model) { id }
  }
`;

interface ImportedData {
  embeddingModels: { name: string; embeddingCount: number }[];
  latestClusteringResult: unknown;
  ofModel: unknown;
}

/**
 * Suggests how to cluster the embeddings that an import has recorded; undefined if they were there, and clustered, before,
 * or if the API cannot tell.
 *
 * @param models the models of the embeddings in the file: true for those of which new ones have been recorded
 */
export async function nextStepAfterImport(
  api: Api,
  models: Map<string, boolean>,
  cli: Pick<Cli, "command">,
): Promise<string | undefined> {
  const ofFile = [...models].sort(([, isNew], [, other]) => Number(other) - Number(isNew));
  let again: string | undefined;
  for (const [model, isNew] of ofFile) {
    const state = await ifKnown(() => api.execute<ImportedData>(importedQuery, { model }));
    if (!state) return undefined;
    const { embeddingModels, latestClusteringResult, ofModel } = state;
    const isOnly = embeddingModels.filter(({ embeddingCount }) => embeddingCount > 0).length < 2;
    const command = cli.command("cluster", ...(isOnly ? [] : ["--embedding-model", model]));
    if (!ofModel) {
      const what = latestClusteringResult ? `The embeddings of ${printable(model)} have not` : "Nothing has";
      return `${what} been clustered yet. Start with \`${command}\`.`;
    }
    if (isNew) {
      again ??= `The clusterings of ${printable(model)} stay as they are. To cluster the new embeddings too: \`${command}\`.`;
    }
  }
  return again;
}

/**
 * Like `nextStep`, for commands whose work does not depend on it: undefined also if the API cannot tell, as while the
 * database is unavailable.
 */
export function nextStepIfKnown(api: Api, cli: Pick<Cli, "command">): Promise<string | undefined> {
  return ifKnown(() => nextStep(api, cli));
}

async function ifKnown<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** Logs a warning for each variable that is named like a setting but is not one: a misspelt limit has no effect. */
export async function warnOfUnknownVariables(app: App): Promise<void> {
  const variables = unknownVariables();
  if (variables.length === 0) return;
  const { createLogger } = await import("../../runtime/logger.js");
  const logger = app.logger ?? createLogger(app.settings.logLevel);
  for (const variable of variables)
    logger.warn({ variable }, "There is no setting of this name, so the variable has no effect.");
}

/** @throws ArgumentError if the address can be reached over a network and requests need no API key */
export async function requireProtection(
  { database, settings }: App,
  host: string,
  { command }: Pick<Cli, "command">,
): Promise<void> {
  const { isLoopback } = await import("../../server/access/clientAddress.js");
  if (isLoopback(host) || settings.requireKeys || (await database.prisma.apiKey.count()) > 0) return;
  throw new ArgumentError(
    `--host ${host} can be reached from other machines, and there is no API key. Create one with \`${command("keys", "create", "NAME")}\`, or add --insecure to allow everybody everything.`,
  );
}
