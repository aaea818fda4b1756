import type { Command } from "commander";
import type { App } from "../app.js";
import { walkQuery } from "../schema/walkQuery.js";
import { serverUrl } from "../server/listen.js";
import type { Cli } from "./cli.js";
import { pageSize, resultId } from "./clusterOptions.js";
import { nextStep, nextStepIfKnown } from "./hints.js";
import { defaultHost, defaultPort } from "./listen.js";
import { CommandError } from "./process.js";
import { queryData } from "./schemaClient.js";
import { formatWalk, type Walk } from "./walk.js";

const latestQuery = /* GraphQL */ `
  query Latest { latestClusteringResult { id } }
`;

export function addShowCommand(program: Command, cli: () => Cli): void {
  program
    .command("show")
    .description("show the largest clusters of a result, with the invocations and runs of their medoids")
    .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId)
    .option("--first <n>", "number of clusters to show", pageSize, 5)
    .option("--json", "print the data of the GraphQL response as JSON")
    .action(async (id: string | undefined, options: { first: number; json?: boolean }) => {
      const app = await cli().open();
      try {
        await showResult(app, id ?? (await latestId(app, cli())), options, cli());
      } finally {
        await app.close();
      }
    });
}

export interface ShowOptions {
  /** The number of clusters to print. */
  first: number;
  /** Whether to print the data of the GraphQL response as JSON instead of text. */
  json?: boolean;
  /** The address at which images are served, or would be if a server ran, unless MEDOID_BASE_URL gives it. */
  host?: string;
  port?: number;
}

/** Prints the clusters of a result, with their medoids' invocations and runs. */
export async function showResult(
  app: App,
  id: string,
  { first, json, host = defaultHost, port = defaultPort }: ShowOptions,
  cli: Cli,
): Promise<void> {
  const baseUrl = app.settings.baseUrl ?? serverUrl(host, port);
  const data = await queryData<{ clusteringResult: Walk | null }>(app, walkQuery, { id, first }, baseUrl);
  if (!data.clusteringResult) throw await noSuchResult(app, id, cli);
  cli.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : formatWalk(data.clusteringResult));
}

export async function noSuchResult(app: App, id: string, cli: Cli): Promise<CommandError> {
  const next = await nextStepIfKnown(app, cli);
  return new CommandError(`No clustering result has the id ${id}.${next ? ` ${next}` : ""}`);
}

/** @throws CommandError with the next step, if no clustering has succeeded */
export async function latestId(app: App, cli: Cli): Promise<string> {
  const data = await queryData<{ latestClusteringResult: { id: string } | null }>(app, latestQuery);
  if (!data.latestClusteringResult) throw new CommandError((await nextStep(app, cli)) ?? "");
  return data.latestClusteringResult.id;
}
