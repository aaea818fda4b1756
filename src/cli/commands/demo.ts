import { parse, resolve } from "node:path";
import type { Command } from "commander";
import { readDatabaseUrl, withoutPassword } from "../../database/databaseUrl.js";
import type { SampleReport } from "../../import/sample/loadSample.js";
import { serverUrl } from "../../server/listen.js";
import type { Api } from "../api/api.js";
import { inProcessApi } from "../api/inProcessApi.js";
import { runToEnd, startByMutation } from "../api/runToEnd.js";
import type { Cli } from "../cli.js";
import { addListenOptions, type ListenOptions } from "../options/listen.js";
import { warnOfUnknownVariables } from "../output/hints.js";
import { drawResult } from "./map.js";
import { formatSampleReport, recordSample } from "./sample.js";
import { serve } from "./serve.js";
import { showResult } from "./show.js";

const largestShown = 5;

const statusQuery = /* GraphQL */ `
  query DemoStatus($id: ID!) { clusteringResult(id: $id) { status } }
`;
const startAgainMutation = /* GraphQL */ `
  mutation DemoAgain($id: ID!) { deleteClusteringResult(id: $id) { __typename } }
`;

export function addDemoCommand(program: Command, cli: () => Cli): void {
  addListenOptions(
    program
      .command("demo")
      .description(
        "load the sample data, cluster it, print the clusters with the runs behind their medoids, draw a map of them beside the database, and serve the API",
      )
      .option("--no-serve", "stop after printing, without serving the API"),
  ).action(async (options: ListenOptions & { serve: boolean }) => {
    const { open, stdout, databaseUrl } = cli();
    const app = await open({}, { creates: true });
    try {
      await warnOfUnknownVariables(app);
      stdout.write(`Database: ${withoutPassword(databaseUrl)}\n`);
      const report = await recordSample(app, cli());
      stdout.write(formatSampleReport(report));
      const { host, port } = options;
      // Addresses of images only if the server is going to answer there.
      const isServed = options.serve && (app.settings.baseUrl !== undefined || port !== 0);
      const api = inProcessApi(app, isServed ? (app.settings.baseUrl ?? serverUrl(host, port)) : undefined);
      const id = await clusterSample(api, report, cli());
      stdout.write("\n");
      await showResult(api, id, { first: largestShown }, cli());
      stdout.write("\n");
      await drawResult(api, id, pictureBeside(databaseUrl), cli());
      if (!options.serve) return;
      stdout.write("\n");
      await serve(app, options, cli());
    } finally {
      await app.close();
    }
  });
}

/**
 * Clusters the sample once, with the default parameters: the idempotency key finds the result of an earlier
 * demo, finished or in progress.
 */
async function clusterSample(api: Api, { embeddingModel }: SampleReport, cli: Cli): Promise<string> {
  const input = { embeddingModel, idempotencyKey: "medoid demo" };
  let id = await startByMutation(api, input);
  const data = await api.execute<{ clusteringResult: { status: string } }>(statusQuery, { id });
  const { status } = data.clusteringResult;
  if (status === "SUCCEEDED") {
    cli.stdout.write("The sample is already clustered.\n");
    return id;
  }
  if (status === "FAILED" || status === "CANCELLED") {
    await api.execute(startAgainMutation, { id });
    id = await startByMutation(api, input);
  }
  await runToEnd(api, { kind: "clustering", id }, cli);
  return id;
}

/** The path of the picture of the sample: in the folder of the database, or if that is on a server, in the current one. */
function pictureBeside(databaseUrl: string): string {
  const address = readDatabaseUrl(databaseUrl);
  const { dir, name } = parse(address.kind === "sqlite" ? address.path : resolve("medoid.db"));
  return resolve(dir, `${name}-map.svg`);
}
