import type { App } from "../app.js";
import { asUnavailable, DatabaseUnavailableError } from "../database/errors/databaseUnavailable.js";
import { unknownVariables } from "../settings.js";
import { type Cli, loadHint } from "./cli.js";
import { ArgumentError } from "./process.js";

/**
 * Suggests the next command for a database in this state; undefined if a clustering has succeeded already.
 */
export async function nextStep(
  { database: { prisma } }: App,
  cli: Pick<Cli, "command">,
): Promise<string | undefined> {
  if ((await prisma.embeddingModel.count({ take: 1 })) === 0) {
    return (await prisma.run.count({ take: 1 })) === 0
      ? `Nothing has been recorded yet. ${loadHint(cli)}`
      : "Texts are recorded, but no embeddings yet, so there is nothing to cluster. Import them again with their embeddings: of a table, add --vector COLUMN or --vectors FILE.";
  }
  const succeeded = await prisma.clusteringResult.findFirst({
    where: { status: "SUCCEEDED" },
    select: { id: true },
  });
  if (!succeeded) return `Nothing has been clustered yet. Start with \`${cli.command("cluster")}\`.`;
  return undefined;
}

/**
 * Like `nextStep`, for commands whose work does not depend on it: undefined also if the database is
 * unavailable.
 */
export async function nextStepIfKnown(app: App, cli: Pick<Cli, "command">): Promise<string | undefined> {
  try {
    return await nextStep(app, cli);
  } catch (error) {
    if (asUnavailable(error) instanceof DatabaseUnavailableError) return undefined;
    throw error;
  }
}

/** Logs a warning for each variable that is named like a setting but is not one: a misspelt limit has no effect. */
export async function warnOfUnknownVariables(app: App): Promise<void> {
  const variables = unknownVariables();
  if (variables.length === 0) return;
  const { createLogger } = await import("../runtime/logger.js");
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
  const { isLoopback } = await import("../server/access/clientAddress.js");
  if (isLoopback(host) || settings.requireKeys || (await database.prisma.apiKey.count()) > 0) return;
  throw new ArgumentError(
    `--host ${host} can be reached from other machines, and there is no API key. Create one with \`${command("keys", "create", "NAME")}\`, or add --insecure to allow everybody everything.`,
  );
}
