import { isDeepStrictEqual } from "node:util";
import type { Command } from "commander";
import type { App } from "../../app.js";
import { InvalidClusteringInputError } from "../../clustering/invalidClusteringInput.js";
import type { HdbscanParameters } from "../../clustering/parameters.js";
import type { SpanningTreeOfRows } from "../../clustering/spanningTreeOfRows.js";
import type { BulkStore } from "../../database/bulkStore.js";
import { readUuid } from "../../database/copyFormat/uuidBytes.js";
import { SpanningTreeUnreadableError } from "../../database/errors/bulkErrors.js";
import { parseGlobalId } from "../../resolvers/globalId.js";
import { readSettings } from "../../settings.js";
import type { Api } from "../api/api.js";
import { latestId, noSuchResult } from "../api/existingResult.js";
import { inProcessApi } from "../api/inProcessApi.js";
import { allPages, type PageData, pageFields } from "../api/pages.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { resultId } from "../options/clusterOptions.js";
import { addExamples, addNotes } from "../options/helpText.js";
import {
  type ClusteringResultData,
  clusteringResultFields,
  counted,
  name,
  number,
} from "../output/clusteringResult.js";
import { printable } from "../output/printable.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";
import { type Comparison, compareClusterings, type StoredCluster } from "../verify/clusteringComparison.js";
import { compareWithFilter, filterTest } from "../verify/filterCheck.js";
import { embeddingName, readStoredClustering, type StoredClustering } from "../verify/storedClustering.js";

const resultQuery = /* GraphQL */ `
  query VerifiedResult($id: ID!) {
    clusteringResult(id: $id) {
      ${clusteringResultFields}
      embeddingModel { dimensions embeddingCount }
      exportUrl(table: ASSIGNMENTS, format: CSV, vectors: true)
    }
  }
`;
const embeddingQuery = /* GraphQL */ `
  query UnreadableEmbedding($id: ID!) { embedding(id: $id) { invocation { externalId } } }
`;
const clustersQuery = /* GraphQL */ `
  query VerifiedClusters($id: ID!, $first: Int!, $after: String) {
    clusteringResult(id: $id) {
      clusters(first: $first, after: $after) {
        ${pageFields}
        edges { node { label size persistence medoidEmbedding { id } } }
      }
    }
  }
`;

interface VerifiedResult extends ClusteringResultData {
  embeddingModel: { name: string; dimensions: number; embeddingCount: number };
  exportUrl: string | null;
}

/** What was compared with what. */
interface Verification {
  clusteringResult: VerifiedResult;
  /** The version of the engine that computed again. */
  engineVersion: string;
  comparisons: Comparison[];
  /** Of the embeddings, as computed again. */
  spanningTree: SpanningTreeOfRows;
}

/** The share of reading in the progress; computing takes the rest. */
const readingShare = 0.3;

export function addVerifyCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("verify")
    .description("compute a result again from the stored vectors, and compare it with what is stored")
    .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId)
    .option(
      "--store-tree",
      "store the spanning tree with the result if all is equal and it has none that can be read",
    )
    .option("--json", "print what was compared as JSON")
    .action(async (id: string | undefined, { json = false, storeTree = false }: VerifyOptions) => {
      if (!storeTree) return withApi(cli(), (api) => verifyAndPrint(api, null, id, json, cli()));
      if (cli().server) {
        throw new ArgumentError("--store-tree writes to the database itself: give it without --server.");
      }
      const app = await cli().open();
      try {
        await verifyAndPrint(inProcessApi(app), app, id, json, cli());
      } finally {
        await app.close();
      }
    });
  addNotes(
    command,
    "It takes the parameters of the result, and exactly the embeddings that it clustered: embeddings that were recorded later take no part, and those of a result cannot be deleted as long as it exists. Of the filter it checks that it selects every one of them, but not that it selects no others, which may have been recorded later. Nothing is stored, unless --store-tree is given: it is for results of versions that stored no spanning trees, and for trees that have been damaged. The exit code is 1 if anything differs.",
  );
  addExamples(command, "medoid verify", "medoid verify 0198c1b2-0000-7000-8005-000000000000 --json");
}

interface VerifyOptions {
  json?: boolean;
  storeTree?: boolean;
}

/** @param app for storing the spanning tree; null: it is not stored */
async function verifyAndPrint(
  api: Api,
  app: App | null,
  id: string | undefined,
  json: boolean,
  cli: Cli,
): Promise<void> {
  const verification = await verify(api, id ?? (await latestId(api, cli)), cli);
  const difference = verification.comparisons.find(({ differing }) => differing > 0);
  const treeWasStored = app === null || difference ? null : await storeTree(app, verification, cli.signal);
  cli.stdout.write(
    json
      ? `${JSON.stringify({ ...summary(verification), ...(app && { treeWasStored }) }, null, 2)}\n`
      : `${formatVerification(verification)}${treeWasStored === null ? "" : treeNotes[String(treeWasStored)]}`,
  );
  if (difference) {
    throw new CommandError(
      `The result differs from what its embeddings give. The first difference, of the ${difference.what}: ${difference.firstDifference}.`,
    );
  }
}

const treeNotes: Record<string, string> = {
  true: "The spanning tree was stored.\n",
  false: "The spanning tree is stored already.\n",
};

/**
 * Stores the spanning tree of a result that was computed again, unless it has the same already.
 * @returns whether it was stored
 */
async function storeTree(
  { database: { prisma, bulk } }: App,
  { clusteringResult, spanningTree }: Verification,
  signal: AbortSignal,
): Promise<boolean> {
  const id = parseGlobalId(clusteringResult.id)!.uuid;
  const { spanningTreeId, inputDigest } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  if (spanningTreeId !== null && (await hasTree(bulk, spanningTreeId, spanningTree, signal))) return false;
  const { spanningTreeBytes } = await import("../../jobs/clustering/spanningTreeBytes.js");
  const bytes = spanningTreeBytes(spanningTree);
  const tree = { clusteringResultId: id, inputDigest: inputDigest!, bytes };
  if (!(await bulk.putSpanningTree(tree, { signal }))) {
    throw new CommandError(`The result ${clusteringResult.id} has just been deleted.`);
  }
  return true;
}

/** Whether the stored tree can be read and is this one. Its edges may be those of another tree that is as short. */
async function hasTree(
  bulk: Pick<BulkStore, "loadSpanningTree">,
  spanningTreeId: string,
  { points, coreDistances, heights }: SpanningTreeOfRows,
  signal: AbortSignal,
): Promise<boolean> {
  const { loadStoredTree } = await import("../../jobs/clustering/storedTree.js");
  try {
    const stored = await loadStoredTree(bulk, spanningTreeId, signal);
    if (stored === null) return false;
    const { tree } = stored;
    return isDeepStrictEqual(
      [tree.points, tree.coreDistances, tree.heights],
      [points, coreDistances, heights],
    );
  } catch (error) {
    if (error instanceof SpanningTreeUnreadableError) return false;
    throw error;
  }
}

async function verify(api: Api, id: string, cli: Cli): Promise<Verification> {
  const { signal, progressBar } = cli;
  const { clusteringResult } = await api.execute<{ clusteringResult: VerifiedResult | null }>(resultQuery, {
    id,
  });
  if (clusteringResult === null) throw await noSuchResult(api, id, cli);
  const { status, exportUrl, embeddingCount, embeddingModel, filter, inputDigest, algorithm, parameters } =
    clusteringResult;
  if (exportUrl === null || embeddingCount === null) {
    throw new CommandError(`The clustering ${id} has the status ${status}: it has nothing to compare.`);
  }
  const clusters = await readClusters(api, id);
  const bar = progressBar("Verifying");
  try {
    const stored = await readStoredClustering(api.download(exportUrl, signal), {
      count: embeddingCount,
      dimensions: embeddingModel.dimensions,
      satisfies: filterTest(filter),
      onProgress: (progress) => bar.update(readingShare * progress, "reading"),
    });
    const { hdbscanEngine } = await import("../../jobs/computing/engine.js");
    const { embeddingDigest } = await import("../../database/embeddings/embeddingDigest.js");
    const digest = embeddingDigest(stored, { report() {}, throwIfStopped: () => signal.throwIfAborted() });
    const computed = await hdbscanEngine
      .cluster(
        { data: stored.vectors, dimensions: stored.dimensions },
        {
          ...parameters,
          algorithm: algorithm as HdbscanParameters["algorithm"],
          threads: readSettings().clusteringThreads,
          signal,
          onProgress: ({ progress }) => bar.update(readingShare + (1 - readingShare) * progress, "computing"),
        },
      )
      .catch(async (error) => {
        throw await notComputable(api, error, stored);
      });
    const comparisons = compareClusterings(
      { stored: inputDigest, computed: digest },
      clusteringResult,
      clusters,
      stored,
      computed,
    );
    comparisons.push(compareWithFilter(filter, stored, isWholeModel(clusteringResult)));
    const { spanningTree } = computed;
    return { clusteringResult, engineVersion: hdbscanEngine.version, comparisons, spanningTree };
  } catch (error) {
    throw signal.aborted ? new InterruptedError("Stopped.") : error;
  } finally {
    bar.stop();
  }
}

async function readClusters(api: Api, id: string): Promise<StoredCluster[]> {
  const { edges } = await allPages(async (page) => {
    type Data = { clusteringResult: { clusters: PageData<StoredCluster> } };
    return (await api.execute<Data>(clustersQuery, { id, ...page })).clusteringResult.clusters;
  });
  return edges.map(({ node }) => node).sort((a, b) => a.label - b.label);
}

/** A vector that has changed may be one that the engine refuses. */
async function notComputable(api: Api, error: unknown, stored: StoredClustering): Promise<unknown> {
  if (!(error instanceof InvalidClusteringInputError)) return error;
  const { row, message } = error;
  if (row === undefined) {
    return new CommandError(
      `The result differs, because it cannot be computed from what is stored: ${message}.`,
    );
  }
  type Data = { embedding: { invocation: { externalId: string | null } } | null };
  const id = `Embedding:${readUuid(stored.ids, row * 16)}`;
  const { embedding } = await api.execute<Data>(embeddingQuery, { id });
  const externalId = embedding?.invocation.externalId ?? null;
  const named = externalId === null ? "" : `, external id ${name(externalId)}`;
  const problem = message.replace(/^row \d+ /, ""); // it names the row of the engine's input, which nobody sees
  return new CommandError(
    `The result differs, because it cannot be computed from what is stored: the vector of ${embeddingName(stored, row)}${named} ${problem}.`,
  );
}

function summary({ clusteringResult, engineVersion, comparisons }: Verification) {
  const { exportUrl: _, ...result } = clusteringResult;
  const isEqual = comparisons.every(({ differing }) => differing === 0);
  return {
    clusteringResult: result,
    engineVersion,
    isEqual,
    isFilterDecided: isWholeModel(clusteringResult),
    comparisons,
  };
}

/**
 * Whether the model has no other embeddings than were clustered. It is then certain that the filter selects no others;
 * otherwise those may have been recorded later.
 */
function isWholeModel({ embeddingCount, embeddingModel }: VerifiedResult): boolean {
  return embeddingCount === embeddingModel.embeddingCount;
}

const filterNote =
  "It was not checked whether the filter selects further embeddings of the model: they may have been recorded since.";

/** Formats what was compared, with the number of values and of differences. */
function formatVerification({ clusteringResult, engineVersion, comparisons }: Verification): string {
  const { id, embeddingCount, embeddingModel, engineVersion: storedVersion } = clusteringResult;
  const version =
    engineVersion === storedVersion
      ? `version ${printable(engineVersion)}`
      : `version ${printable(engineVersion)}; the result was computed by version ${printable(storedVersion)}, which may give other results`;
  const width = Math.max(...comparisons.map(({ what }) => what.length));
  const lines = comparisons.map(({ what, count, differing }) => {
    const outcome =
      differing === 0 ? `${number(count)} equal` : `${number(differing)} of ${number(count)} differ`;
    return `  ${what.padEnd(width)}  ${outcome}`;
  });
  return [
    `${id}: ${counted(embeddingCount, "embedding")} of ${name(embeddingModel.name)}`,
    `computed again by the engine, ${version}`,
    ...lines,
    ...(isWholeModel(clusteringResult) ? [] : [filterNote]),
    "",
  ].join("\n");
}
